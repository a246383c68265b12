# Completion of jail-provision(8) for fish.

function __jail_provision_jails
    for file in /etc/jail/jails/*.yaml
        basename $file .yaml
    end
end

function __jail_provision_bound_accounts
    jail-provision list --json 2>/dev/null | string match -rg '"account": "([^"]*)"'
end

# Those that jail-provision would take: without --system none below 1000.
function __jail_provision_host_accounts
    set -l least 1000
    contains -- --system (commandline -opc); and set least 1
    getent passwd | awk -F: -v least=$least '$3 >= least && $3 < 65534 {print $1}'
end

# The words before the cursor that are neither options nor their values: the command and its arguments.
function __jail_provision_words
    set -l value_follows no
    for word in (commandline -opc)[2..]
        if test $value_follows = yes
            set value_follows no
        else if contains -- $word --jail --lock-timeout --keep --session --account --since --by --sort --interval --rounds --reason --fix --html
            set value_follows yes
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __jail_provision_generations
    set -l words (__jail_provision_words)
    jail-provision history $words[2] --json 2>/dev/null | string match -rg '"generation": ([0-9]+)'
end

# And directories, on the way to them.
function __jail_provision_yaml_files
    __fish_complete_path (commandline -ct) | string match -r '^.*(?:/|\.yaml)(?:\t.*)?$'
end

# __jail_provision_at POSITION COMMAND...: the next argument is this one of one of these commands; * for any.
function __jail_provision_at
    set -l words (__jail_provision_words)
    test (count $words) -gt 0; or return 1
    contains -- $words[1] $argv[2..]; or return 1
    test $argv[1] = '*'; or test (math (count $words) - 1) = $argv[1]
end

function __jail_provision_no_command
    test (count (__jail_provision_words)) -eq 0
end

function __jail_provision_is
    __jail_provision_at '*' $argv
end

complete -c jail-provision -f

complete -c jail-provision -n __jail_provision_no_command -a check -d 'Validate jails without building anything'
complete -c jail-provision -n __jail_provision_no_command -a add -d 'Put accounts into a jail'
complete -c jail-provision -n __jail_provision_no_command -a remove -d 'Take accounts out of their jail'
complete -c jail-provision -n __jail_provision_no_command -a list -d 'Accounts in jails'
complete -c jail-provision -n __jail_provision_no_command -a show -d 'A jail as it is published'
complete -c jail-provision -n __jail_provision_no_command -a build -d 'Build and publish what has changed'
complete -c jail-provision -n __jail_provision_no_command -a update -d 'Rebuild published jails, as after package upgrades'
complete -c jail-provision -n __jail_provision_no_command -a apply -d 'Make the host match the YAML files'
complete -c jail-provision -n __jail_provision_no_command -a why -d 'What brought a file into a jail'
complete -c jail-provision -n __jail_provision_no_command -a diff -d 'What differs between generations'
complete -c jail-provision -n __jail_provision_no_command -a history -d 'Generations of a jail'
complete -c jail-provision -n __jail_provision_no_command -a rollback -d 'Go back to an earlier generation'
complete -c jail-provision -n __jail_provision_no_command -a gc -d 'Remove old generations and the files that only they have'
complete -c jail-provision -n __jail_provision_no_command -a verify-tree -d 'Compare trees with what was built'
complete -c jail-provision -n __jail_provision_no_command -a enter -d 'Go into the jail of an account'
complete -c jail-provision -n __jail_provision_no_command -a kill -d 'End the running jail of an account'
complete -c jail-provision -n __jail_provision_no_command -a doctor -d 'Is any door open, can everybody log in'
complete -c jail-provision -n __jail_provision_no_command -a verify -d 'Prove by logins that an account is confined'
complete -c jail-provision -n __jail_provision_no_command -a ps -d 'Who is in, from where, and what they use'
complete -c jail-provision -n __jail_provision_no_command -a events -d 'What happened in jails'
complete -c jail-provision -n __jail_provision_no_command -a top -d 'What ps shows, again and again'
complete -c jail-provision -n __jail_provision_no_command -a stats -d 'How often accounts were in and were refused'
complete -c jail-provision -n __jail_provision_no_command -a explain -d 'The cause of an event id; whether a command is allowed'
complete -c jail-provision -n __jail_provision_no_command -a try -d 'Run a command in a jail as a build would make it'
complete -c jail-provision -n __jail_provision_no_command -a lock -d 'Let an account in by no door'
complete -c jail-provision -n __jail_provision_no_command -a unlock -d 'Let it in again'
complete -c jail-provision -n __jail_provision_no_command -a freeze -d 'Stop all that a running jail does'
complete -c jail-provision -n __jail_provision_no_command -a thaw -d 'Let a frozen jail go on'
complete -c jail-provision -n __jail_provision_no_command -a sshd-config -d 'Let internal-sftp ask the policy'
complete -c jail-provision -n __jail_provision_no_command -a report -d 'One page for an auditor'

complete -c jail-provision -s h -l help -d 'Explain the command'
complete -c jail-provision -n __jail_provision_no_command -l version -d 'Print the version'
complete -c jail-provision -n 'not __jail_provision_no_command' -s v -l verbose -d 'Say what is being done'
complete -c jail-provision -n '__jail_provision_is check add list show build update apply why diff history gc verify-tree kill freeze thaw doctor verify ps top events stats explain report try' \
    -l json -d 'Print the result as JSON'
complete -c jail-provision -n '__jail_provision_is add remove build update apply rollback gc lock unlock doctor sshd-config' \
    -s n -l dry-run -d 'Say what would be done, change nothing'
complete -c jail-provision -n '__jail_provision_is add remove build update apply rollback gc verify-tree lock unlock doctor try' \
    -x -l lock-timeout -d 'Seconds to wait for another jail-provision'
complete -c jail-provision -n '__jail_provision_is add lock unlock kill freeze thaw' -x -l jail -a '(__jail_provision_jails)' -d 'The jail'
complete -c jail-provision -n '__jail_provision_is add' -l create -d 'Create the account first'
complete -c jail-provision -n '__jail_provision_is add' -l move -d 'From the jail that it is in'
complete -c jail-provision -n '__jail_provision_is add' -l system -d 'Accept a uid below 1000'
complete -c jail-provision -n '__jail_provision_is add apply' -l kill -d 'End what accounts run outside of their jail'
complete -c jail-provision -n '__jail_provision_is add' -l force -d 'Whatever is open or outside'
complete -c jail-provision -n '__jail_provision_is remove' -l delete-account -d 'Delete the account too (its home stays)'
complete -c jail-provision -n '__jail_provision_is remove' -l force -d 'End its sessions'
complete -c jail-provision -n '__jail_provision_is apply' -l check -d 'Say what would be done, change nothing'
complete -c jail-provision -n '__jail_provision_is apply' -l detailed-exitcode -d 'Exit with 2 when something changed'
complete -c jail-provision -n '__jail_provision_is apply' -l diff -d 'Show what changes'
complete -c jail-provision -n '__jail_provision_is apply' -l withdraw -d 'Take accounts and groups out of jails without a file'
complete -c jail-provision -n '__jail_provision_is apply' -l force -d 'Whatever is open, outside or logged in'
complete -c jail-provision -n '__jail_provision_is verify-tree' -l repair -d 'Build damaged trees again'
complete -c jail-provision -n '__jail_provision_is enter' -l root -d 'As root, with all privileges'
complete -c jail-provision -n '__jail_provision_is enter' -x -l session -d 'The number of a session with a jail of its own'
complete -c jail-provision -n '__jail_provision_is kill freeze thaw' -l all -d 'All that run'
complete -c jail-provision -n '__jail_provision_is update' -l live -d 'Give running jails the new limits'
complete -c jail-provision -n '__jail_provision_is lock' -x -l reason -d 'A line that the account is told'
complete -c jail-provision -n '__jail_provision_is doctor events' -x -l account -a '(__jail_provision_bound_accounts)' -d 'Of this account'
complete -c jail-provision -n '__jail_provision_is doctor' -x -l fix -d 'Mend what this code stands for'
complete -c jail-provision -n '__jail_provision_is doctor' -l trees -d 'Read every file of trees'
complete -c jail-provision -n '__jail_provision_is events' -s f -l follow -d 'Go on with what happens'
complete -c jail-provision -n '__jail_provision_is events' -l denials -d 'Refused logins and commands'
complete -c jail-provision -n '__jail_provision_is events' -l hooks -d 'Run hooks, print nothing'
complete -c jail-provision -n '__jail_provision_is events report stats' -x -l since -d '30m, 2h, 7d or a day'
complete -c jail-provision -n '__jail_provision_is top' -s b -l batch -d 'Print rounds'
complete -c jail-provision -n '__jail_provision_is top' -x -s n -l rounds -d 'How many rounds'
complete -c jail-provision -n '__jail_provision_is top' -x -l interval -d 'Seconds between looks'
complete -c jail-provision -n '__jail_provision_is top' -x -l sort -a 'cpu memory tasks account' -d 'What is first'
complete -c jail-provision -n '__jail_provision_is stats' -x -l by -a 'account jail day service' -d 'What makes a row'
complete -c jail-provision -n '__jail_provision_is report' -r -l html -d 'The file to write'
complete -c jail-provision -n '__jail_provision_is gc' -x -l keep -d 'Generations of each jail to keep'

complete -c jail-provision -n '__jail_provision_is check' -a '(__jail_provision_yaml_files)'
complete -c jail-provision -n '__jail_provision_is add' -a '(__jail_provision_host_accounts)' -d Account
complete -c jail-provision -n '__jail_provision_is remove kill lock unlock freeze thaw' -a '(__jail_provision_bound_accounts)' -d Account
complete -c jail-provision -n '__jail_provision_at 0 enter explain verify' -a '(__jail_provision_bound_accounts)' -d Account
complete -c jail-provision -n '__jail_provision_at 0 list show ps top stats' -a '(__jail_provision_bound_accounts)' -d Account
complete -c jail-provision -n '__jail_provision_at 0 list show ps top stats why diff history rollback try' -a '(__jail_provision_jails)' -d Jail
complete -c jail-provision -n '__jail_provision_is build update verify-tree' -a '(__jail_provision_jails)' -d Jail
complete -c jail-provision -n '__jail_provision_at 1 diff rollback; or __jail_provision_at 2 diff' \
    -k -a '(__jail_provision_generations)' -d Generation
complete -c jail-provision -n '__jail_provision_at 1 why' -F

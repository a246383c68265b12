# Completion of jail-provision(8) for bash. Needs nothing of the package bash-completion, which only finds this file.

_jail_provision_commands="check add remove list show build update apply why diff history rollback gc verify-tree enter kill doctor verify ps top events stats explain lock unlock freeze thaw sshd-config report try"

_jail_provision_options() {
    local help="-h --help -v --verbose" change="-n --dry-run --lock-timeout"
    case $1 in
        "") echo "-h --help --version" ;;
        check | list | show | why | diff | history) echo "$help --json" ;;
        add) echo "$help $change --jail --create --move --system --kill --force --json" ;;
        remove) echo "$help $change --delete-account --force" ;;
        build) echo "$help $change --json" ;;
        update) echo "$help $change --json --live" ;;
        apply) echo "$help $change --check --detailed-exitcode --diff --withdraw --kill --force --json" ;;
        rollback) echo "$help $change" ;;
        gc) echo "$help $change --keep --json" ;;
        verify-tree) echo "$help --repair --json --lock-timeout" ;;
        enter) echo "$help --root --session" ;;
        kill | freeze | thaw) echo "$help --json --all --jail" ;;
        sshd-config) echo "$help -n --dry-run" ;;
        report) echo "$help --json --html --since" ;;
        verify | ps | explain) echo "$help --json" ;;
        try) echo "$help --json --lock-timeout" ;;
        doctor) echo "$help $change --json --account --fix --trees" ;;
        events) echo "$help --json -f --follow --account --denials --hooks --since" ;;
        top) echo "$help --json -b --batch -n --rounds --interval --sort" ;;
        stats) echo "$help --json --since --by" ;;
        lock) echo "$help $change --jail --reason" ;;
        unlock) echo "$help $change --jail" ;;
    esac
}

_jail_provision_jails() {
    local file
    for file in /etc/jail/jails/*.yaml; do
        [ ! -e "$file" ] || basename "$file" .yaml
    done
}

_jail_provision_bound_accounts() {
    jail-provision list --json 2>/dev/null | sed -n 's/.*"account": "\([^"]*\)".*/\1/p'
}

# Those that jail-provision would take: without --system none below 1000.
_jail_provision_host_accounts() {
    local least=1000
    case " ${COMP_WORDS[*]} " in *" --system "*) least=1 ;; esac
    getent passwd | awk -F: -v least="$least" '$3 >= least && $3 < 65534 {print $1}'
}

_jail_provision_generations() {
    jail-provision history "$1" --json 2>/dev/null | sed -n 's/.*"generation": \([0-9]*\).*/\1/p'
}

# _jail_provision_arguments COMMAND POSITION JAIL: what the argument that comes next can be.
_jail_provision_arguments() {
    case $1:$2 in
        add:*) _jail_provision_host_accounts ;;
        remove:* | kill:* | lock:* | unlock:* | freeze:* | thaw:* | enter:0 | explain:0 | verify:0) _jail_provision_bound_accounts ;;
        list:0 | show:0 | ps:0 | top:0 | stats:0) _jail_provision_jails; _jail_provision_bound_accounts ;;
        build:* | update:* | verify-tree:*) _jail_provision_jails ;;
        try:0 | why:0 | diff:0 | history:0 | rollback:0) _jail_provision_jails ;;
        diff:[12] | rollback:1) _jail_provision_generations "$3" ;;
    esac
}

_jail_provision() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    # "--jail=arkham" comes as three words.
    [ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}
    [ "$current" != = ] || current=""
    local command="" word i
    local -a arguments=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --jail | --lock-timeout | --keep | --session | --account | --since | --by | --sort | --interval | --rounds | --reason | --fix | --html) [ "${COMP_WORDS[i + 1]-}" = = ] || ((++i)) ;;
            =) ((++i)) ;;
            -*) ;;
            *) if [ -z "$command" ]; then command=$word; else arguments+=("$word"); fi ;;
        esac
    done

    local words=""
    case $previous:$current in
        --jail:*) words=$(_jail_provision_jails) ;;
        --account:*) words=$(_jail_provision_bound_accounts) ;;
        --lock-timeout:* | --keep:* | --session:* | --since:* | --interval:* | --rounds:* | --reason:* | --fix:*) ;;
        --sort:*) words="cpu memory tasks account" ;;
        --by:*) words="account jail day service" ;;
        --html:*) compopt -o default ;;
        *:-*) words=$(_jail_provision_options "$command") ;;
        *) if [ -z "$command" ]; then
               words=$_jail_provision_commands
           else
               words=$(_jail_provision_arguments "$command" "${#arguments[@]}" "${arguments[0]-}")
           fi ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")

    case $command:${#arguments[@]}:$current in
        *:-*) return ;;
        # Directories, too: on the way to a file.
        check:*) mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.yaml' -- "$current") ;;
        why:1:*) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        *) return ;;
    esac
    compopt -o filenames 2>/dev/null # no completion, but a test called us
}

complete -F _jail_provision jail-provision

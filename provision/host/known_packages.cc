// SPDX-License-Identifier: Apache-2.0
#include "provision/host/known_packages.h"

namespace jail::provision {

namespace {

struct KnownPackage {
    std::string_view package;
    std::string_view contents;  // each with a space on both sides
};

// Every command that a shipped bundle requires stands here; a test says so.
constexpr KnownPackage kPackages[] = {
    {"bash", " bash "},
    {"binutils", " ar as ld "},
    {"borgbackup", " borg "},
    {"composer", " composer "},
    {"coreutils",
     " [ base64 basename cat chmod cksum comm cp csplit cut date dd df dircolors dirname du echo env expand "
     "expr false fmt fold groups head id install join ln ls md5sum mkdir mkfifo mktemp mv nice nl nohup "
     "nproc "
     "od paste printf pwd readlink realpath rm rmdir seq sha1sum sha256sum sha512sum shuf sleep sort split "
     "stat stty sync tac tail tee test timeout touch tr true truncate tty uname unexpand uniq wc whoami "
     "yes "},
    {"curl", " curl "},
    {"dash", " sh "},
    {"default-jre-headless", " java "},
    {"diffutils", " cmp diff diff3 sdiff "},
    {"ffmpeg", " ffmpeg ffprobe "},
    {"findutils", " find xargs "},
    {"fontconfig", " fc-list fc-match "},
    {"gcc", " cc gcc "},
    {"git", " git git-receive-pack git-upload-archive git-upload-pack /usr/lib/git-core/git-shell "},
    {"gitolite3", " gitolite /usr/share/gitolite3/gitolite-shell "},
    {"golang-go", " go gofmt "},
    {"grep", " grep egrep fgrep "},
    {"gzip", " gunzip gzip zcat "},
    {"hostname", " hostname "},
    {"imagemagick", " /usr/bin/convert /usr/bin/identify "},
    {"less", " less "},
    {"libc-bin", " getconf getent iconv ldd locale "},
    {"libc6-dev", " /usr/include/stdio.h "},
    {"make", " make "},
    {"mariadb-client", " mariadb mysql mysqladmin mysqldump "},
    {"mawk", " awk mawk "},
    {"mc", " mc mcdiff mcedit mcview "},
    {"mercurial", " hg "},
    {"mosh", " mosh-client mosh-server "},
    {"msmtp", " msmtp "},
    {"nano", " nano rnano "},
    {"ncurses-bin", " clear infocmp reset tput tset "},
    {"nodejs", " node "},
    {"npm", " npm npx "},
    {"openssh-client", " scp sftp ssh ssh-add ssh-agent ssh-keygen ssh-keyscan "},
    {"openssh-sftp-server", " /usr/lib/openssh/sftp-server "},
    {"perl", " perl "},
    {"php-cli", " php "},
    {"postgresql-client", " pg_dump pg_restore psql "},
    {"procps", " pgrep pkill ps top watch "},
    {"python3", " python3 "},
    {"rclone", " rclone "},
    {"redis-tools", " redis-cli "},
    {"restic", " restic "},
    {"rsync", " rsync "},
    {"ruby", " gem irb ruby "},
    {"screen", " screen "},
    {"sed", " sed "},
    {"subversion", " svn svnadmin svnserve "},
    {"tar", " tar "},
    {"tmux", " tmux "},
    {"tzdata", " /usr/share/zoneinfo "},
    {"unzip", " unzip "},
    {"vim-tiny", " vi view vim.tiny "},
    {"wget", " wget "},
    {"xauth", " xauth "},
    {"xz-utils", " unxz xz xzcat "},
    {"zip", " zip "},
    {"zsh", " zsh "},
    {"zstd", " unzstd zstd zstdcat "},
};

}  // namespace

std::string_view package_of(std::string_view wanted) {
    if (wanted.empty() || wanted.find(' ') != std::string_view::npos) return {};
    for (const KnownPackage& known : kPackages)
        for (std::size_t at = known.contents.find(wanted); at != std::string_view::npos;
             at = known.contents.find(wanted, at + 1))
            if (known.contents[at - 1] == ' ' && known.contents[at + wanted.size()] == ' ')
                return known.package;
    return {};
}

}  // namespace jail::provision

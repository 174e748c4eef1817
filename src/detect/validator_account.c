/* SPDX-License-Identifier: Apache-2.0 */
/* Names of accounts: which belong to a system, and what beside the word "user" is no name. */
#include "detect/validator.h"
#include "detect/validator_list.h"

/* Accounts every system has, and those that images and packages make: passwd(5) of Debian's
 * base-passwd, systemd, common services, Windows' well-known names. This is the only such list;
 * they stay in every log. Sorted, as all lists here. */
static const char *const system_accounts[] = {
    "__cookie__",
    "__token__",
    "_apt",
    "_chrony",
    "_json_key",
    "_json_key_base64",
    "_www",
    "adm",
    "amavis",
    "anonymous",
    "anonymous logon",
    "apache",
    "app",
    "avahi",
    "backup",
    "bin",
    "bind",
    "buildkite-agent",
    "cassandra",
    "centos",
    "ceph",
    "chrony",
    "clamav",
    "cloud-user",
    "colord",
    "core",
    "courier",
    "cron",
    "cyrus",
    "daemon",
    "dbus",
    "debian",
    "debian-exim",
    "default",
    "defaultaccount",
    "deploy-token",
    "dnsmasq",
    "docker",
    "dovecot",
    "dwm-1",
    "ec2-user",
    "elasticsearch",
    "etcd",
    "exim",
    "fedora",
    "freerad",
    "frr",
    "ftp",
    "fwupd-refresh",
    "games",
    "gdm",
    "geoclue",
    "git",
    "github",
    "github-actions",
    "gitlab-ci-token",
    "gitlab-runner",
    "gnats",
    "grafana",
    "haldaemon",
    "halt",
    "haproxy",
    "hplip",
    "http",
    "httpd",
    "iis_iusrs",
    "influxdb",
    "irc",
    "iusr",
    "jenkins",
    "kafka",
    "kernoops",
    "kibana",
    "krbtgt",
    "landscape",
    "ldap",
    "lightdm",
    "list",
    "local service",
    "logstash",
    "lp",
    "lxd",
    "mail",
    "mailman",
    "man",
    "memcache",
    "memcached",
    "messagebus",
    "mongod",
    "mongodb",
    "munin",
    "mysql",
    "nagios",
    "named",
    "network service",
    "news",
    "nfsnobody",
    "nginx",
    "nobody",
    "nobody4",
    "node",
    "nslcd",
    "ntp",
    "nut",
    "oauth2",
    "oauth2accesstoken",
    "opendkim",
    "openvpn",
    "operator",
    "pi",
    "polkitd",
    "pollinate",
    "postfix",
    "postgres",
    "postgrey",
    "prometheus",
    "proxy",
    "pulse",
    "quagga",
    "rabbitmq",
    "radiusd",
    "redis",
    "root",
    "rpc",
    "rpcuser",
    "rtkit",
    "runner",
    "runneradmin",
    "saned",
    "sddm",
    "service",
    "shutdown",
    "solr",
    "spamd",
    "speech-dispatcher",
    "squid",
    "sshd",
    "sssd",
    "statd",
    "sync",
    "sys",
    "syslog",
    "system",
    "systemd",
    "tcpdump",
    "telegraf",
    "tomcat",
    "toor",
    "trustedinstaller",
    "tss",
    "tty",
    "ubuntu",
    "usbmux",
    "user",
    "uucp",
    "uuidd",
    "vagrant",
    "varnish",
    "vcsa",
    "wdagutilityaccount",
    "whoopsie",
    "window manager",
    "www",
    "www-data",
    "wwwrun",
    "x-access-token",
    "x-oauth-basic",
    "x-token-auth",
    "xfs",
    "zabbix",
    "zookeeper",
};

/* What stands where a name could: the log has none. */
static const char *const no_accounts[] = {
    "-",    "by",      "for", "from",      "invalid", "name",  "none",
    "null", "session", "uid", "undefined", "unknown", "unset", "users",
};

/* What follows the word "user" in messages and is no name, sorted. */
static const char *const followers[] = {
    "a",
    "about",
    "accepted",
    "access",
    "account",
    "accounts",
    "action",
    "activity",
    "added",
    "agent",
    "agents",
    "already",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "attempt",
    "attempted",
    "attempts",
    "authenticated",
    "authentication",
    "authenticator",
    "authorization",
    "authorized",
    "be",
    "because",
    "been",
    "before",
    "but",
    "by",
    "can",
    "cancelled",
    "cannot",
    "click",
    "code",
    "context",
    "could",
    "count",
    "created",
    "credentials",
    "data",
    "database",
    "defined",
    "deleted",
    "denied",
    "did",
    "directory",
    "disabled",
    "disconnected",
    "does",
    "enabled",
    "entered",
    "error",
    "exists",
    "experience",
    "expired",
    "facing",
    "failed",
    "failure",
    "feedback",
    "file",
    "for",
    "form",
    "found",
    "friendly",
    "from",
    "function",
    "group",
    "groups",
    "guide",
    "had",
    "has",
    "have",
    "help",
    "here",
    "home",
    "id",
    "identity",
    "if",
    "in",
    "info",
    "information",
    "input",
    "installed",
    "interaction",
    "interface",
    "is",
    "it",
    "key",
    "land",
    "level",
    "limit",
    "limits",
    "list",
    "local",
    "locked",
    "logged",
    "login",
    "logins",
    "logoff",
    "logon",
    "logout",
    "management",
    "manager",
    "manual",
    "mapped",
    "may",
    "message",
    "mode",
    "model",
    "must",
    "name",
    "names",
    "namespace",
    "namespaces",
    "needs",
    "new",
    "no",
    "not",
    "now",
    "object",
    "of",
    "off",
    "on",
    "only",
    "operation",
    "or",
    "output",
    "pages",
    "password",
    "passwords",
    "permission",
    "permissions",
    "pool",
    "preauth",
    "preference",
    "preferences",
    "profile",
    "profiles",
    "provided",
    "query",
    "record",
    "registered",
    "removed",
    "request",
    "requested",
    "requests",
    "required",
    "requires",
    "response",
    "rights",
    "role",
    "roles",
    "scope",
    "secret",
    "service",
    "session",
    "sessions",
    "set",
    "setting",
    "settings",
    "should",
    "sid",
    "space",
    "specified",
    "starts",
    "state",
    "status",
    "storage",
    "store",
    "stories",
    "string",
    "successful",
    "successfully",
    "table",
    "tables",
    "than",
    "that",
    "the",
    "their",
    "then",
    "this",
    "time",
    "to",
    "token",
    "tokens",
    "tried",
    "type",
    "unknown",
    "updated",
    "using",
    "validation",
    "value",
    "variable",
    "via",
    "was",
    "were",
    "when",
    "where",
    "which",
    "who",
    "will",
    "with",
    "without",
    "write",
    "you",
};

/* As memcmp, of the bytes in lower case and the word. */
static int compare_word(struct slice s, const char *word) {
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = byte_lower(s.ptr[i]);
        if (c != (uint8_t)word[i]) return c < (uint8_t)word[i] ? -1 : 1;
        if (c == 0) return 1; /* longer than the word */
    }
    return word[s.len] == 0 ? 0 : -1;
}

bool word_is_one_of(struct slice s, const char *const *words, size_t n) {
    size_t low = 0;
    while (low < n) {
        const size_t middle = low + (n - low) / 2;
        const int order = compare_word(s, words[middle]);
        if (order == 0) return true;
        if (order > 0)
            low = middle + 1;
        else
            n = middle;
    }
    return false;
}
#define IS_ONE_OF(s, words) word_is_one_of(s, words, sizeof(words) / sizeof(words)[0])

/* Kubernetes' own (`system:kube-scheduler`), systemd's, PostgreSQL's and Windows' by their
 * beginnings. */
static bool is_system_account(struct slice s) {
    static const char *const beginnings[] = {
        "systemd-", "system:", "pg_", "umfd-", "dwm-", "_apt", "font driver host\\"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        const struct slice begin = slice_str(beginnings[i]);
        if (s.len > begin.len && slice_eq_nocase(slice_sub(s, 0, begin.len), begin)) return true;
    }
    return IS_ONE_OF(s, system_accounts);
}

/* A domain of Windows before the name says nothing about the name. */
static struct slice without_domain(struct slice s) {
    const uint8_t *back = s.len ? memrchr(s.ptr, '\\', s.len) : NULL;
    return back ? slice_sub(s, (size_t)(back - s.ptr) + 1, s.len) : s;
}

/* `for user creation`, `user authentication`: no name ends so. */
static bool is_action(struct slice s) {
    return s.len > 5 && slice_eq_nocase(slice_sub(s, s.len - 4, s.len), SLICE("tion"));
}

bool accepts_person_account(struct slice s) {
    if (s.len == 0 || memchr(s.ptr, '=', s.len) || is_system_account(s)) return false;
    const struct slice name = without_domain(s);
    return name.len > 0 && name.ptr[name.len - 1] != '$' && !is_action(name) &&
           !is_system_account(name) && !IS_ONE_OF(name, no_accounts);
}

/* A random id in the place of a name: a UUID, a digest, a key of a database (letters of both kinds
 * or capitals, and digits between them). */
static bool is_machine_id(struct slice s) {
    size_t hex = 0, plain = 0, digits = 0, upper = 0;
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = byte_lower(s.ptr[i]);
        hex += byte_is_digit(c) || (c >= 'a' && c <= 'f') || c == '-';
        plain += byte_is_alnum(c);
        digits += byte_is_digit(c);
        upper += c != s.ptr[i];
    }
    if (hex == s.len && s.len >= 16) return true;
    return plain == s.len && s.len >= 14 && upper >= 1 && digits >= 2 && upper + digits >= 5;
}

/* The value of a field that is named for a user and holds anything: a name, not an object, a
 * number, an id, a sentence. */
bool accepts_user_name(struct slice s) {
    if (!accepts_person_account(s) || s.len > 64 || is_machine_id(s)) return false;
    size_t letters = 0, blanks = 0;
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = s.ptr[i];
        letters += byte_is_alpha(c) || c >= 0x80;
        blanks += c == ' ';
        if (c < ' ' || memchr("\"<>{}[]()|;,:/?%&*=!#$", c, 23)) return false;
    }
    const bool is_internal = s.len > 2 && s.ptr[0] == '_' && s.ptr[1] == '_'; /* __typename */
    return letters > 0 && blanks <= 1 && !is_internal && !IS_ONE_OF(s, followers);
}

bool words_are_sorted(const char *const *words, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (strcmp(words[i - 1], words[i]) >= 0) return false;
    return true;
}
#define IS_SORTED(words) words_are_sorted(words, sizeof(words) / sizeof(words)[0])

bool validator_accounts_are_sorted(void) {
    return IS_SORTED(system_accounts) && IS_SORTED(no_accounts) && IS_SORTED(followers) &&
           validator_names_are_sorted();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of machines and of people: IP, MAC, mail, telephone. */
#include "base/ipaddr.h"
#include "detect/validator_list.h"

static bool names_somebody(const struct ipaddr *addr) {
    return !ipaddr_is_loopback(addr) && !ipaddr_is_unspecified(addr);
}

/* Numbers with a zero in front are octal to some readers (RFC 6943 section 3.1.1) and parts of
 * versions to others; only where all four are padded to three digits is it an address. */
static bool is_padded(struct slice quad) {
    size_t start = 0, zeros = 0;
    for (size_t i = 0; i <= quad.len; i++) {
        if (i < quad.len && quad.ptr[i] != '.') continue;
        zeros += i - start > 1 && quad.ptr[start] == '0';
        start = i + 1;
    }
    return zeros > 0;
}

bool accepts_ipv4(struct slice value) {
    struct ipaddr addr;
    if (value.len == 0 || ipaddr_parse_v4(value, &addr) != value.len) return false;
    return names_somebody(&addr) && (value.len == 15 || !is_padded(value));
}

/* RFC 4291 section 2.2. Two colons at least; words of code (`Bad::Face`, `a::b`) have no digit and
 * few colons. */
/* Eight numbers of two digits each: a serial number, a WWN, the beginning of a fingerprint. */
static bool is_octets(struct slice value) {
    for (size_t i = 0; i < value.len; i++)
        if ((value.ptr[i] == ':') != (i % 3 == 2)) return false;
    return value.len == 23;
}

bool accepts_ipv6(struct slice value) {
    size_t colons = 0, digits = 0;
    for (size_t i = 0; i < value.len; i++) {
        colons += value.ptr[i] == ':';
        digits += byte_is_digit(value.ptr[i]);
    }
    if (colons < 2 || (digits == 0 && colons < 4) || is_octets(value)) return false;
    struct ipaddr addr;
    if (ipaddr_parse_v6(value, &addr) != value.len) return false;
    const uint8_t *colon = memrchr(value.ptr, ':', value.len);
    const struct slice last = slice_sub(value, (size_t)(colon - value.ptr) + 1, value.len);
    if (memchr(last.ptr, '.', last.len) && is_padded(last)) return false;
    ipaddr_unmap(&addr);
    return names_somebody(&addr);
}

static int hex_value(uint8_t c) {
    if (byte_is_digit(c)) return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* IEEE 802: 12 hexadecimal digits, 16 of an EUI-64; groups of two, four or six by one kind of
 * separator, or none. BSD prints six numbers with colons, of one digit where the first is 0. */
bool accepts_mac(struct slice value) {
    size_t digits = 0, groups = 1, at = 0, longest = 0, shortest = SIZE_MAX;
    unsigned all_and = 15, all_or = 0;
    uint8_t mark = 0;
    for (size_t i = 0; i <= value.len; i++) {
        const int digit = i < value.len ? hex_value(value.ptr[i]) : -1;
        if (digit >= 0) {
            all_and &= (unsigned)digit;
            all_or |= (unsigned)digit;
            digits++, at++;
            continue;
        }
        if (at > longest) longest = at;
        if (at < shortest) shortest = at;
        at = 0;
        if (i == value.len) break;
        if (!memchr(":-. _", value.ptr[i], 5) || (mark && value.ptr[i] != mark)) return false;
        mark = value.ptr[i];
        groups++;
    }
    if (all_or == 0 || all_and == 15) return false;
    if (mark == ':' && groups == 6 && shortest == 1 && longest <= 2) return true;
    if (digits != 12 && digits != 16) return false;
    return !mark || (shortest == longest && (longest == 2 || longest == 4 || longest == 6));
}

/* Endings that look like a top-level domain and are files, or units of systemd (systemd.unit(5)).
 */
static bool is_file_ending(struct slice label) {
    static const char *const endings[] = {
        "png",   "jpg",   "jpeg",   "gif",   "svg",   "webp",   "ico",  "bmp",       "js",
        "mjs",   "cjs",   "ts",     "jsx",   "tsx",   "css",    "scss", "map",       "html",
        "htm",   "json",  "yaml",   "yml",   "xml",   "toml",   "ini",  "conf",      "cfg",
        "log",   "txt",   "csv",    "pdf",   "zip",   "tar",    "tgz",  "gz",        "bz",
        "xz",    "zst",   "jar",    "war",   "pom",   "exe",    "dll",  "dylib",     "deb",
        "rpm",   "whl",   "egg",    "lock",  "tmp",   "bak",    "java", "class",     "php",
        "rb",    "lua",   "patch",  "diff",  "git",   "apk",    "wasm", "service",   "socket",
        "timer", "mount", "target", "slice", "scope", "device", "swap", "automount", "snap",
        "img",   "iso",   "bin",    "swf",   "ttf",   "woff",   "md5",  "sha",
    };
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (slice_eq_nocase(label, slice_str(endings[i]))) return true;
    return false;
}

/* RFC 1035 section 2.3.1 and RFC 5890: labels of letters, digits and inner dashes, at most 63
 * bytes. Bytes over 127 are letters of an internationalised name. */
static bool label_is_sound(struct slice label) {
    if (label.len == 0 || label.len > 63) return false;
    if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-') return false;
    for (size_t i = 0; i < label.len; i++)
        if (!byte_is_alnum(label.ptr[i]) && label.ptr[i] != '-' && label.ptr[i] < 128) return false;
    return true;
}

static bool top_level_is_sound(struct slice label) {
    if (label.len > 4 && memcmp(label.ptr, "xn--", 4) == 0) return true;
    if (label.len < 2 || label.len > 24) return false;
    for (size_t i = 0; i < label.len; i++)
        if (!byte_is_alpha(label.ptr[i]) && label.ptr[i] < 128) return false;
    return !is_file_ending(label);
}

/* RFC 4251 section 6: names of algorithms that are not registered are name@domain; these are the
 * domains implementations use, and the names have a digit or a dash. */
static bool is_ssh_algorithm(struct slice name, struct slice domain) {
    static const char *const domains[] = {"openssh.com", "libssh.org", "lysator.liu.se", "ssh.com"};
    bool is_marked = false;
    for (size_t i = 0; i < name.len; i++)
        is_marked |= byte_is_digit(name.ptr[i]) || name.ptr[i] == '-';
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++)
        if (is_marked && slice_eq_str(domain, domains[i])) return true;
    return false;
}

/* RFC 5321 section 4.1.2: a dot-string or quoted local part of at most 64 bytes, a domain of two
 * labels or more. */
bool accepts_email(struct slice value) {
    size_t at = value.len;
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '@') at = i;
    if (at == 0 || at > 64 || value.len < at + 4 || value.len > 320) return false;
    if (value.ptr[0] != '"') {
        if (value.ptr[0] == '.' || value.ptr[at - 1] == '.') return false;
        for (size_t i = 0; i + 1 < at; i++)
            if (value.ptr[i] == '@' || (value.ptr[i] == '.' && value.ptr[i + 1] == '.'))
                return false;
    }
    if (is_ssh_algorithm(slice_sub(value, 0, at), slice_sub(value, at + 1, value.len)))
        return false;
    size_t start = at + 1, labels = 0;
    for (size_t i = start; i <= value.len; i++) {
        if (i < value.len && value.ptr[i] != '.') continue;
        const struct slice label = slice_sub(value, start, i);
        if (!label_is_sound(label)) return false;
        labels++;
        if (i == value.len) return labels >= 2 && top_level_is_sound(label);
        start = i + 1;
    }
    return false;
}

/* RFC 5321 without the domain's form: hosts of a site have names of one label. */
bool accepts_mailbox(struct slice value) {
    size_t ats = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] <= ' ' || memchr("\"(),;<>", value.ptr[i], 8)) return false;
        ats += value.ptr[i] == '@';
    }
    return ats == 1 && value.len >= 3 && value.len <= 320 && value.ptr[0] != '@' &&
           value.ptr[value.len - 1] != '@';
}

/* ISO 8601: a day of this century or the last one, and nothing or a time behind it. */
static bool is_date(struct slice value) {
    uint8_t d[8];
    size_t n = 0;
    for (size_t i = 0; i < value.len && i < 10; i++) {
        const uint8_t c = value.ptr[i];
        if (byte_is_digit(c) && n < sizeof d)
            d[n++] = (uint8_t)(c - '0');
        else if (!memchr("-/.", c, 3) || (i != 4 && i != 7))
            break;
    }
    if (n < sizeof d) return false;
    const unsigned century = d[0] * 10u + d[1], month = d[4] * 10u + d[5], day = d[6] * 10u + d[7];
    const bool ends = value.len == 8 || (value.len >= 10 && !byte_is_digit(value.ptr[4]));
    return ends && (century == 19 || century == 20) && month >= 1 && month <= 12 && day >= 1 &&
           day <= 31;
}

/* ITU-T E.164 section 6: at most 15 digits; the shortest subscriber numbers with a country code
 * have 7 or 8. */
bool accepts_phone(struct slice value) {
    size_t digits = 0, alike = 0;
    uint8_t first = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!byte_is_digit(value.ptr[i])) continue;
        if (digits++ == 0) first = value.ptr[i];
        alike += value.ptr[i] == first;
    }
    return digits >= 8 && digits <= 15 && alike < digits && !is_date(value);
}

/* W3C, "Personal names around the world": nearly anything but numbers, paths and addresses. */
bool accepts_person_name(struct slice value) {
    size_t letters = 0, digits = 0;
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.ptr[i];
        if (memchr("/\\=<>{}[]|", c, 10)) return false;
        letters += byte_is_alpha(c) || c >= 0x80;
        digits += byte_is_digit(c);
    }
    return letters > digits && value.len <= 128;
}

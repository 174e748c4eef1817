/* SPDX-License-Identifier: Apache-2.0 */
/* The table of named validators. The checks stand in validator_*.c, each with its source. */
#include "detect/validator.h"

#include "detect/validator_list.h"

const struct validator validators[] = {
    {"atlassian_crc", "CRC-32 in hexadecimal behind the last = of a token", accepts_atlassian_crc},
    {"base58check", "checksum of a wallet's address or key in base 58 (Bitcoin and its relatives)",
     accepts_base58check},
    {"basic_auth", "base64 of printable text with a colon (RFC 7617)", accepts_basic_auth},
    {"bech32", "checksum of a segwit address (BIP 173, BIP 350)", accepts_bech32},
    {"credentials", "a scheme and something behind it (RFC 9110)", accepts_credentials},
    {"email", "plausible mail address: labels, top-level domain, no file or unit name",
     accepts_email},
    {"entropy", "letters and digits as uneven as chance makes them", accepts_entropy},
    {"full_name", "two to four words that begin with capitals and name no thing",
     accepts_full_name},
    {"github_crc", "CRC-32 in base 62 at the end of a token", accepts_github_crc},
    {"has_digit", "a digit at least", accepts_has_digit},
    {"has_digits", "five digits at least", accepts_has_digits},
    {"iban", "country, length and check digits of an account number (ISO 13616)", accepts_iban},
    {"id_check", "check digits of a number that a state gives to people or firms",
     accepts_id_check},
    {"id_form", "the same, and a form nothing else has", accepts_id_form},
    {"ipv4", "four numbers up to 255, neither loopback nor unspecified", accepts_ipv4},
    {"ipv6", "an address of RFC 4291, neither loopback nor unspecified", accepts_ipv6},
    {"issuer", "card number with an issuer's prefix and length (ISO/IEC 7812)", accepts_issuer},
    {"jira_token", "base64 of 12 digits, a colon and 20 bytes", accepts_jira_token},
    {"jwt", "header is base64url of a JSON object with alg or typ (RFC 7519)", accepts_jwt},
    {"luhn", "check digit by the Luhn formula (ISO/IEC 7812-1)", accepts_luhn},
    {"mac", "six octets, neither all zero nor broadcast (IEEE 802)", accepts_mac},
    {"mailbox", "name@host, the host within a site too", accepts_mailbox},
    {"many_kinds", "lower case, upper case and digits; or long and no hexadecimal",
     accepts_many_kinds},
    {"mixed", "a letter and a digit at least", accepts_mixed},
    {"no_words", "less than half of it reads like words", accepts_no_words},
    {"not_call", "no call of a function, no lookup of a variable", accepts_not_call},
    {"not_code", "no call, member access, path or format directive", accepts_not_code},
    {"not_digest", "no hexadecimal digest of a common length", accepts_not_digest},
    {"not_message", "neither a sentence about a password nor a schema", accepts_not_message},
    {"not_number", "not a plain decimal number", accepts_not_number},
    {"not_path", "no path of a file", accepts_not_path},
    {"not_placeholder", "a value, not a stand-in such as ${VAR} or changeme",
     accepts_not_placeholder},
    {"not_reference", "no stand-in, and no ${...}, $(...) or {{...}} in it", accepts_not_reference},
    {"not_result", "no count, duration or name of a test, as behind `PASS:`", accepts_not_result},
    {"not_sample", "no run of one mark in the place of a token", accepts_not_sample},
    {"not_state", "no word that says how something is, as behind `password:`", accepts_not_state},
    {"not_uuid", "no UUID (RFC 9562)", accepts_not_uuid},
    {"not_version", "no version number", accepts_not_version},
    {"not_word", "no plain word", accepts_not_word},
    {"password_like", "no word, name, path or code", accepts_password_like},
    {"pem_body", "64 or 76 characters of base64 as chance mixes them (RFC 7468)", accepts_pem_body},
    {"pem_key", "base64 of a private key in PEM (RFC 7468)", accepts_pem_key},
    {"person_account", "a user name that is no system account", accepts_person_account},
    {"person_name", "letters, and neither a path nor code", accepts_person_name},
    {"phone", "8 to 15 digits, not all alike (ITU-T E.164)", accepts_phone},
    {"random", "as random as a key: no words, two digits and two letters at least", accepts_random},
    {"random_tail", "chance behind the last _ or -", accepts_random_tail},
    {"secret_like", "mixes letters and digits; no name, path, version or address",
     accepts_secret_like},
    {"service_key", "what stands beside a service's name as its key: chance, no words, no number",
     accepts_service_key},
    {"ssn", "area, group and serial that can be issued (SSA)", accepts_ssn},
    {"token_like", "no word, no name of words, no short number", accepts_token_like},
    {"track", "stripe of a card whose number is sound (ISO/IEC 7813)", accepts_track},
    {"user_name", "a user name that is no system account, id, number or sentence",
     accepts_user_name},
    {"user_password", "user:password, neither a stand-in nor a pair of numbers",
     accepts_user_password},
};
const size_t n_validators = sizeof validators / sizeof validators[0];

const struct validator *validator_find(struct slice name) {
    for (size_t i = 0; i < n_validators; i++)
        if (slice_eq_str(name, validators[i].name)) return &validators[i];
    return NULL;
}

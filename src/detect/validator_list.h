/* SPDX-License-Identifier: Apache-2.0 */
/* The checks behind validator.c's table, one file a topic. Private to the validators.
 *
 * Every check is pure, allocates nothing and reads at most the value it is given. */
#ifndef LW_DETECT_VALIDATOR_LIST_H
#define LW_DETECT_VALIDATOR_LIST_H

#include "base/slice.h"

/* validator_pem.c */
bool accepts_pem_body(struct slice value);

/* validator_payment.c */
bool accepts_luhn(struct slice value);
bool accepts_issuer(struct slice value);
bool accepts_track(struct slice value);
bool accepts_iban(struct slice value);
bool accepts_ssn(struct slice value);

/* validator_ids.c */
bool accepts_id_check(struct slice value);
bool accepts_id_form(struct slice value);

/* validator_net.c */
bool accepts_ipv4(struct slice value);
bool accepts_ipv6(struct slice value);
bool accepts_mac(struct slice value);
bool accepts_email(struct slice value);
bool accepts_mailbox(struct slice value);
bool accepts_person_name(struct slice value);
bool accepts_phone(struct slice value);

/* validator_account.c */
bool accepts_person_account(struct slice value);
bool accepts_user_name(struct slice value);
/* The lists of these are searched by halving; for tests. */
bool validator_accounts_are_sorted(void);

/* validator_password.c */
bool accepts_not_message(struct slice value);
bool accepts_not_result(struct slice value);
bool accepts_not_state(struct slice value);

/* Is `s`, in any case, one of the sorted words? */
bool word_is_one_of(struct slice s, const char *const *words, size_t n);
bool words_are_sorted(const char *const *words, size_t n);

/* validator_names.c */
bool accepts_full_name(struct slice value);
bool accepts_person_word(struct slice value);
bool validator_names_are_sorted(void);

/* validator_wallet.c */
bool accepts_base58check(struct slice value);

/* validator_token.c */
bool accepts_jwt(struct slice value);
bool accepts_basic_auth(struct slice value);
bool accepts_github_crc(struct slice value);
bool accepts_atlassian_crc(struct slice value);
bool accepts_pem_key(struct slice value);
bool accepts_jira_token(struct slice value);
bool accepts_bech32(struct slice value);
bool accepts_service_key(struct slice value);

/* validator_standin.c */
bool accepts_not_placeholder(struct slice value);
struct slice value_trimmed(struct slice value); /* without blanks at its ends */
bool value_is_name(struct slice value);         /* letters, digits and `_`, no digit first */

/* validator_text.c */
bool accepts_entropy(struct slice value);
bool accepts_mixed(struct slice value);
bool accepts_not_word(struct slice value);
bool accepts_not_version(struct slice value);
bool accepts_not_uuid(struct slice value);
bool accepts_not_digest(struct slice value);
bool accepts_not_number(struct slice value);
bool accepts_not_code(struct slice value);
bool accepts_has_digit(struct slice value);
bool accepts_has_digits(struct slice value);
bool accepts_not_reference(struct slice value);
bool accepts_not_call(struct slice value);
bool accepts_token_like(struct slice value);
bool accepts_secret_like(struct slice value);
bool accepts_not_path(struct slice value);
bool accepts_credentials(struct slice value);
bool accepts_not_sample(struct slice value);
bool accepts_password_like(struct slice value);
bool accepts_random_tail(struct slice value);
bool accepts_random(struct slice value);
bool accepts_no_words(struct slice value);
bool accepts_many_kinds(struct slice value);
bool accepts_user_password(struct slice value);

#endif

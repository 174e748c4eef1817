/* SPDX-License-Identifier: Apache-2.0 */
/* The data classes of the privacy policy: one list, here. Number = place in the list = rank in
 * ties.
 *
 * X(name, group, sensitivity): the group gives the default action (rule.c), the
 * sensitivity is what a rule of the class has when it does not say. Restricted classes come first.
 */
#ifndef LW_DETECT_CLASS_H
#define LW_DETECT_CLASS_H

#include "base/slice.h"

#define CLASS_LIST(X)                                                                              \
    X(private_key, CREDENTIAL, RESTRICTED)                                                         \
    X(password, CREDENTIAL, RESTRICTED)                                                            \
    X(url_password, CREDENTIAL, RESTRICTED)                                                        \
    X(password_hash, CREDENTIAL, RESTRICTED)                                                       \
    X(basic_auth, CREDENTIAL, RESTRICTED)                                                          \
    X(bearer_token, CREDENTIAL, RESTRICTED)                                                        \
    X(digest_auth, CREDENTIAL, RESTRICTED)                                                         \
    X(auth_header, CREDENTIAL, RESTRICTED)                                                         \
    X(cookie, CREDENTIAL, RESTRICTED)                                                              \
    X(jwt, CREDENTIAL, RESTRICTED)                                                                 \
    X(aws_access_key, CREDENTIAL, RESTRICTED)                                                      \
    X(aws_secret_key, CREDENTIAL, RESTRICTED)                                                      \
    X(aws_session_token, CREDENTIAL, RESTRICTED)                                                   \
    X(azure_key, CREDENTIAL, RESTRICTED)                                                           \
    X(gcp_key, CREDENTIAL, RESTRICTED)                                                             \
    X(github_token, CREDENTIAL, RESTRICTED)                                                        \
    X(gitlab_token, CREDENTIAL, RESTRICTED)                                                        \
    X(atlassian_token, CREDENTIAL, RESTRICTED)                                                     \
    X(slack_token, CREDENTIAL, RESTRICTED)                                                         \
    X(discord_token, CREDENTIAL, RESTRICTED)                                                       \
    X(telegram_token, CREDENTIAL, RESTRICTED)                                                      \
    X(facebook_token, CREDENTIAL, RESTRICTED)                                                      \
    X(twitter_token, CREDENTIAL, RESTRICTED)                                                       \
    X(stripe_key, CREDENTIAL, RESTRICTED)                                                          \
    X(square_token, CREDENTIAL, RESTRICTED)                                                        \
    X(shopify_token, CREDENTIAL, RESTRICTED)                                                       \
    X(openai_key, CREDENTIAL, RESTRICTED)                                                          \
    X(anthropic_key, CREDENTIAL, RESTRICTED)                                                       \
    X(huggingface_token, CREDENTIAL, RESTRICTED)                                                   \
    X(npm_token, CREDENTIAL, RESTRICTED)                                                           \
    X(pypi_token, CREDENTIAL, RESTRICTED)                                                          \
    X(docker_token, CREDENTIAL, RESTRICTED)                                                        \
    X(hashicorp_token, CREDENTIAL, RESTRICTED)                                                     \
    X(heroku_key, CREDENTIAL, RESTRICTED)                                                          \
    X(digitalocean_token, CREDENTIAL, RESTRICTED)                                                  \
    X(databricks_token, CREDENTIAL, RESTRICTED)                                                    \
    X(datadog_key, CREDENTIAL, RESTRICTED)                                                         \
    X(grafana_token, CREDENTIAL, RESTRICTED)                                                       \
    X(newrelic_key, CREDENTIAL, RESTRICTED)                                                        \
    X(sentry_token, CREDENTIAL, RESTRICTED)                                                        \
    X(okta_token, CREDENTIAL, RESTRICTED)                                                          \
    X(sendgrid_key, CREDENTIAL, RESTRICTED)                                                        \
    X(mailgun_key, CREDENTIAL, RESTRICTED)                                                         \
    X(mailchimp_key, CREDENTIAL, RESTRICTED)                                                       \
    X(twilio_key, CREDENTIAL, RESTRICTED)                                                          \
    X(vendor_token, CREDENTIAL, RESTRICTED)                                                        \
    X(generic_secret, CREDENTIAL, RESTRICTED)                                                      \
    X(crypto_wallet, IDENTIFIER, SENSITIVE)                                                        \
    X(credit_card, CARD, SENSITIVE)                                                                \
    X(iban, IDENTIFIER, SENSITIVE)                                                                 \
    X(bank_account, IDENTIFIER, SENSITIVE)                                                         \
    X(ssn, IDENTIFIER, SENSITIVE)                                                                  \
    X(tax_id, IDENTIFIER, SENSITIVE)                                                               \
    X(national_id, IDENTIFIER, SENSITIVE)                                                          \
    X(birth_date, IDENTIFIER, SENSITIVE)                                                           \
    X(vehicle_id, IDENTIFIER, PERSONAL)                                                            \
    X(device_id, IDENTIFIER, PERSONAL)                                                             \
    X(email, IDENTIFIER, PERSONAL)                                                                 \
    X(phone, IDENTIFIER, PERSONAL)                                                                 \
    X(username, IDENTIFIER, PERSONAL)                                                              \
    X(person_name, IDENTIFIER, PERSONAL)                                                           \
    X(address, IDENTIFIER, PERSONAL)                                                               \
    X(ipv4, IDENTIFIER, PERSONAL)                                                                  \
    X(ipv6, IDENTIFIER, PERSONAL)                                                                  \
    X(mac, IDENTIFIER, PERSONAL)

#define CLASS_ENUM(name, group, sensitivity) CLASS_##name,
enum class_id { CLASS_LIST(CLASS_ENUM) N_CLASSES };
#undef CLASS_ENUM

enum class_group { GROUP_CREDENTIAL, GROUP_CARD, GROUP_IDENTIFIER };
/* Ordered: the larger, the shorter it may be kept. */
enum sensitivity {
    SENSITIVITY_PERSONAL,
    SENSITIVITY_SENSITIVE,
    SENSITIVITY_RESTRICTED,
    N_SENSITIVITIES
};

struct data_class {
    const char *name;
    enum class_group group;
    enum sensitivity sensitivity;
};
extern const struct data_class data_classes[N_CLASSES];

/* The class of that name, or -1. */
int class_find(struct slice name);
const char *sensitivity_name(enum sensitivity sensitivity);
int sensitivity_find(struct slice name);

#endif

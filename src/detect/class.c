/* SPDX-License-Identifier: Apache-2.0 */
/* The table itself and look-ups by name. Names are read while packs load, never per record, so a
 * walk over the list is fast enough. */
#include "detect/class.h"

#define CLASS_ROW(name, group, sensitivity) {#name, GROUP_##group, SENSITIVITY_##sensitivity},
const struct data_class data_classes[N_CLASSES] = {CLASS_LIST(CLASS_ROW)};
#undef CLASS_ROW

static const char *const sensitivity_names[N_SENSITIVITIES] = {
    [SENSITIVITY_PERSONAL] = "personal",
    [SENSITIVITY_SENSITIVE] = "sensitive",
    [SENSITIVITY_RESTRICTED] = "restricted",
};

int class_find(struct slice name) {
    for (int i = 0; name.len > 0 && i < N_CLASSES;
         i++) /* asked for every word that may be a pseudonym */
        if (name.ptr[0] == (uint8_t)data_classes[i].name[0] &&
            slice_eq_str(name, data_classes[i].name))
            return i;
    return -1;
}

const char *sensitivity_name(enum sensitivity sensitivity) {
    return sensitivity_names[sensitivity];
}

int sensitivity_find(struct slice name) {
    for (int i = 0; i < N_SENSITIVITIES; i++)
        if (slice_eq_str(name, sensitivity_names[i])) return i;
    return -1;
}

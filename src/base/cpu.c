/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <stdbool.h>

#if defined(__x86_64__)
enum cpu_level cpu_detect(void) {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
    return avx2 ? CPU_AVX2 : CPU_PORTABLE;
}
#else
enum cpu_level cpu_detect(void) { return CPU_PORTABLE; }
#endif

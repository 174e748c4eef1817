/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <stdbool.h>

#if defined(__x86_64__)
enum cpu_level cpu_detect(void) {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
    /* With VBMI, the look-up by byte: Ice Lake, Zen 4 and later. */
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vbmi");
    if (!avx2) return CPU_PORTABLE;
    return avx512 ? CPU_AVX512 : CPU_AVX2;
}
#else
enum cpu_level cpu_detect(void) { return CPU_PORTABLE; }
#endif

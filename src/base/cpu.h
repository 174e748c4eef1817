/* SPDX-License-Identifier: Apache-2.0 */
/* Which kernels this CPU can run. Levels are ordered: a level includes the ones below. */
#ifndef LW_BASE_CPU_H
#define LW_BASE_CPU_H

enum cpu_level { CPU_PORTABLE, CPU_AVX2, CPU_AVX512 };

/* The highest level of this machine. */
enum cpu_level cpu_detect(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* Level of the x86-64 instruction set (psABI, "micro-architecture levels"), 0 = another machine. */
int marsdisk_cpu_level(void);

int marsdisk_cpu_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))) {
    return 1; /* level 2 has nothing for us */
  }
  if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))) {
    return 3;
  }
  return 4;
#else
  return 0;
#endif
}

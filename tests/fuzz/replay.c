/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the target over the files of folders; a failing input ends the program by a signal. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_MAX = 1 << 20 };

/* False: cannot be read. */
static bool replay_file(const char *path) {
    static uint8_t bytes[REPLAY_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) return false;
    const size_t len = fread(bytes, 1, sizeof bytes, file);
    const bool ok = ferror(file) == 0;
    fclose(file);
    if (!ok) return false;
    uint8_t *input = malloc(len + 1); /* its own block, so that a sanitizer sees its end */
    if (input == NULL) return false;
    memcpy(input, bytes, len);
    LLVMFuzzerTestOneInput(input, len);
    free(input);
    return true;
}

/* How many inputs of the folder were run; -1: it cannot be read. */
static int replay_folder(const char *folder) {
    char path[4096];
    int n = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL) return -1;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        fprintf(stderr, "%s\n", path); /* the last one shown is the one that fails */
        if (!replay_file(path)) {
            closedir(dir);
            return -1;
        }
        n++;
    }
    closedir(dir);
    return n;
}

int main(int argc, char **argv) {
    int n = 0;
    for (int i = 1; i < argc; i++) {
        const int here = replay_folder(argv[i]);
        if (here < 0) {
            fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
            return 1;
        }
        n += here;
    }
    printf("%d passed, %d failed\n", n, n == 0);
    return n == 0;
}

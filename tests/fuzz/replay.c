/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* replay.c - run a fuzz target over files, without libFuzzer.
 *
 * Arguments are files and folders. A folder that is missing or empty is a
 * failure: a corpus that moved must not be reported as a pass. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (1 << 20)
#define PATH_BYTES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int passed, failed;

static void fail(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    failed++;
}

/* The copy has the exact size, so that a sanitizer sees one byte too far. */
static void replay_file(const char *path)
{
    static uint8_t bytes[FILE_BYTES_MAX];
    FILE *f = fopen(path, "rb");
    uint8_t *exact;
    size_t n;

    if (!f) {
        fail(path, "cannot be opened");
        return;
    }
    n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    exact = malloc(n ? n : 1);
    if (!exact || n == sizeof bytes) {
        fail(path, "too large");
    }
    else {
        memcpy(exact, bytes, n);
        LLVMFuzzerTestOneInput(exact, n);
        passed++;
    }
    free(exact);
}

static void replay_folder(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int files = 0;

    while (dir && (entry = readdir(dir))) {
        char file[PATH_BYTES_MAX];

        if (entry->d_name[0] == '.') {
            continue;
        }
        if ((size_t)snprintf(file, sizeof file, "%s/%s", path, entry->d_name)
            >= sizeof file) {
            fail(path, "the path is too long");
            continue;
        }
        replay_file(file);
        files++;
    }
    if (dir) {
        closedir(dir);
    }
    if (files == 0) {
        fail(path, "no file in this folder");
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fail(argv[0], "expected files or folders");
    }
    for (int i = 1; i < argc; i++) {
        struct stat st;

        if (stat(argv[i], &st)) {
            fail(argv[i], "does not exist");
        }
        else if (S_ISDIR(st.st_mode)) {
            replay_folder(argv[i]);
        }
        else {
            replay_file(argv[i]);
        }
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}

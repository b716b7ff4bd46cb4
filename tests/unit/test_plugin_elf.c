// test_plugin_elf.c: damaged shared objects are refused before they can crash.
// SPDX-License-Identifier: MIT
//
// Takes a plugin that is accepted and damages copies of it: cut at every few
// bytes, one header field at a time, and header bytes at random. A crash here
// (SIGBUS, SIGSEGV in ld.so) is the failure that plugin_elf.c exists against.

#include "check.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#include <wane/wane.h>

#include "runtime/plugin.h"

static char error[2048];
static unsigned char *image; // good.so
static size_t size;
static char folder[] = "/tmp/wane-test-XXXXXX";
static char path[64];

static Elf64_Ehdr *header(void)
{
  return (Elf64_Ehdr *)(void *)image;
}

static Elf64_Phdr *segment(unsigned type)
{
  Elf64_Phdr *p = (Elf64_Phdr *)(void *)(image + header()->e_phoff);
  for (unsigned i = 0; i < header()->e_phnum; i++)
    if (p[i].p_type == type) return &p[i];
  fail_msg("good.so has no program header of type %u", type);
  return NULL;
}

static int read_image(void **state)
{
  (void)state;
  free(image);
  FILE *file = fopen(BAD_PLUGINS "/collectors/good.so", "rb");
  if (!file || fseek(file, 0, SEEK_END)) return -1;
  size = (size_t)ftell(file);
  rewind(file);
  image = malloc(size);
  size_t got = image ? fread(image, 1, size, file) : 0;
  fclose(file);
  return got == size ? 0 : -1;
}

static void write_image(void)
{
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(image, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
  (void)state;
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "%s/good.so", folder);
  return 0;
}

static int remove_folder(void **state)
{
  (void)state;
  free(image);
  image = NULL;
  unlink(path);
  return rmdir(folder);
}

// The damaged image must be refused with `part` in the sentence.
static void refused(const char *part)
{
  write_image();
  memset(error, 0, sizeof error);
  if (wane_collector_open(path, error, sizeof error))
    fail_msg("accepted, expected a sentence with '%s'", part);
  if (!strstr(error, path)) fail_msg("does not name the file: %s", error);
  if (!strstr(error, part)) fail_msg("expected '%s' in: %s", part, error);
}

static void undamaged_copy_passes(void **state)
{
  (void)state;
  write_image();
  if (wane__plugin_elf_check(path, error, sizeof error)) fail_msg("%s", error);
}

// Behind the last segment there are section headers and debug information,
// which loading does not need.
static size_t end_of_segments(void)
{
  size_t end = 0;
  const Elf64_Phdr *p = (Elf64_Phdr *)(void *)(image + header()->e_phoff);
  for (unsigned i = 0; i < header()->e_phnum; i++)
    if (p[i].p_type == PT_LOAD && p[i].p_offset + p[i].p_filesz > end)
      end = p[i].p_offset + p[i].p_filesz;
  return end;
}

static void file_cut_anywhere_in_its_segments_is_refused(void **state)
{
  (void)state;
  size_t end = end_of_segments(), cuts = 0;
  write_image();
  for (size_t n = end - 1; n > 0; n -= n > 4096 && n % 64 == 0 ? 64 : 1) {
    assert_int_equal(truncate(path, (off_t)n), 0);
    if (wane_collector_open(path, error, sizeof error))
      fail_msg("accepted with %zu of %zu bytes", n, end);
    cuts++;
  }
  print_message("cut at %zu places\n", cuts);
  assert_int_equal(truncate(path, 0), 0);
  assert_null(wane_collector_open(path, error, sizeof error));
  assert_non_null(strstr(error, "0 bytes"));
}

static void text_is_refused(void **state)
{
  (void)state;
  memset(image, '#', size);
  refused("no ELF file");
}

static void foreign_file_is_refused(void **state)
{
  (void)state;
  header()->e_ident[EI_CLASS] = ELFCLASS32;
  refused("ELF class 1");
  read_image(NULL);
  header()->e_ident[EI_DATA] ^= 3;
  refused("byte order");
  read_image(NULL);
  header()->e_machine = EM_68K;
  refused("machine 4");
  read_image(NULL);
  header()->e_type = ET_REL;
  refused("type 1, expected 3");
}

static void impossible_header_table_is_refused(void **state)
{
  (void)state;
  header()->e_phnum = 0;
  refused("0 program headers");
  read_image(NULL);
  header()->e_phentsize = 8;
  refused("of 8 bytes");
  read_image(NULL);
  header()->e_phoff = UINT64_MAX - 8;
  refused("program header table");
  read_image(NULL);
  header()->e_phnum = 0xfffe;
  header()->e_phoff = size - 64;
  refused("program header table");
}

static void impossible_segment_is_refused(void **state)
{
  (void)state;
  segment(PT_LOAD)->p_offset = UINT64_MAX - 4096;
  refused("cut short");
  read_image(NULL);
  segment(PT_LOAD)->p_memsz = 0;
  refused("impossible");
  read_image(NULL);
  segment(PT_LOAD)->p_vaddr = UINT64_C(1) << 40;
  refused("impossible");
  read_image(NULL);
  segment(PT_LOAD)->p_memsz = UINT64_MAX;
  refused("impossible");
  read_image(NULL);
  segment(PT_GNU_RELRO)->p_vaddr = UINT64_C(1) << 40;
  refused("outside its segments");
}

static void impossible_dynamic_section_is_refused(void **state)
{
  (void)state;
  segment(PT_DYNAMIC)->p_type = PT_NULL;
  refused("no dynamic section");
  read_image(NULL);
  segment(PT_DYNAMIC)->p_vaddr += 4096;
  refused("dynamic section");
  read_image(NULL);
  segment(PT_DYNAMIC)->p_filesz = 16;
  refused("does not end");
  read_image(NULL);
  memset(image + segment(PT_DYNAMIC)->p_offset, 0, 16);
  refused("no string table");
}

static void table_outside_the_file_is_refused(void **state)
{
  (void)state;
  Elf64_Dyn *d = (Elf64_Dyn *)(void *)(image + segment(PT_DYNAMIC)->p_offset);
  while (d->d_tag != DT_STRTAB) d++;
  d->d_un.d_ptr = UINT64_C(1) << 40;
  refused("string table");
  read_image(NULL);
  d = (Elf64_Dyn *)(void *)(image + segment(PT_DYNAMIC)->p_offset);
  while (d->d_tag != DT_STRSZ) d++;
  d->d_un.d_val = UINT64_MAX;
  refused("string table");
}

// Only looked at, not loaded: must neither crash nor refuse without a word.
static void random_damage_is_survived(void **state)
{
  (void)state;
  struct check_random random = {check_seed(1)};
  unsigned refusals = 0;
  for (int i = 0; i < 400; i++) {
    read_image(NULL);
    size_t head = header()->e_phoff + header()->e_phnum * sizeof(Elf64_Phdr);
    size_t dynamic = segment(PT_DYNAMIC)->p_offset;
    for (uint64_t n = 1 + check_below(&random, 4); n > 0; n--) {
      size_t at = check_next(&random) % 2 ? check_below(&random, head)
                                          : dynamic + check_below(&random, 256);
      image[at] = (unsigned char)check_next(&random);
    }
    write_image();
    memset(error, 0, sizeof error);
    if (!wane__plugin_elf_check(path, error, sizeof error)) continue;
    assert_non_null(strstr(error, path));
    refusals++;
  }
  print_message("%u of 400 damaged files were refused\n", refusals);
  assert_true(refusals > 100);
}

#define TEST(name) cmocka_unit_test_setup(name, read_image)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(undamaged_copy_passes),
      TEST(file_cut_anywhere_in_its_segments_is_refused),
      TEST(text_is_refused),
      TEST(foreign_file_is_refused),
      TEST(impossible_header_table_is_refused),
      TEST(impossible_segment_is_refused),
      TEST(impossible_dynamic_section_is_refused),
      TEST(table_outside_the_file_is_refused),
      TEST(random_damage_is_survived),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

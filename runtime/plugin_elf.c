// plugin_elf.c: looks at a shared object before the dynamic linker maps it.
// SPDX-License-Identifier: MIT
//
// dlopen trusts its input: a file cut short kills the process with SIGBUS, a
// dynamic section that points nowhere with SIGSEGV. So everything that it
// takes for granted while mapping is checked here with plain reads: the file
// is regular and of this machine, the segments lie inside it, and so do the
// tables that the dynamic section names. What lies *within* a segment is not
// examined: damage there can still crash ld.so, as it can for any program.
//
// Any thread; no state.

#include "plugin.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DYNAMIC_MAX ((size_t)1 << 20) // bytes; real ones have under 1 KiB

#define REFUSE(e, ...)                                                         \
  ((void)wane__plugin_refuse((e)->error, (e)->error_size, __VA_ARGS__), -EINVAL)

struct elf {
  const char *path;
  char *error;
  size_t error_size;
  int fd;
  uint64_t size; // of the file
  Elf64_Ehdr header;
  Elf64_Phdr *segments; // header.e_phnum of them
};

// Is [offset, offset + n) inside [0, size)?
static bool inside(uint64_t offset, uint64_t n, uint64_t size)
{
  return offset <= size && n <= size - offset;
}

static int read_at(struct elf *e, void *to, size_t n, uint64_t offset,
                   const char *what)
{
  if (!inside(offset, n, e->size))
    return REFUSE(e, "%s: %s at byte %llu needs %zu bytes, the file has %llu",
                  e->path, what, (unsigned long long)offset, n,
                  (unsigned long long)e->size);
  for (size_t done = 0; done < n;) {
    ssize_t got =
        pread(e->fd, (char *)to + done, n - done, (off_t)(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return REFUSE(e, "%s: cannot be read at byte %llu: %s", e->path,
                    (unsigned long long)(offset + done),
                    got ? strerror(errno) : "it became shorter");
    done += (size_t)got;
  }
  return 0;
}

// O_NONBLOCK: a named pipe must not keep us waiting.
static int open_regular(struct elf *e)
{
  struct stat st;
  e->fd = open(e->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (e->fd < 0)
    return REFUSE(e, "%s: cannot be opened: %s", e->path, strerror(errno));
  if (fstat(e->fd, &st))
    return REFUSE(e, "%s: cannot be read: %s", e->path, strerror(errno));
  if (!S_ISREG(st.st_mode))
    return REFUSE(e, "%s: is a %s, expected a shared object (a regular file)",
                  e->path, S_ISDIR(st.st_mode) ? "directory" : "special file");
  e->size = (uint64_t)st.st_size;
  return 0;
}

// The machine this code runs on, from our own ELF header in memory.
static unsigned own_machine(void)
{
  static const char anchor;
  Dl_info info;
  if (!dladdr(&anchor, &info) || !info.dli_fbase) return EM_NONE;
  return ((const Elf64_Ehdr *)info.dli_fbase)->e_machine;
}

static int header_check(struct elf *e)
{
  const Elf64_Ehdr *h = &e->header;
  if (e->size < sizeof *h)
    return REFUSE(e,
                  "%s: has %llu bytes, expected a shared object (an ELF "
                  "header alone has %zu)",
                  e->path, (unsigned long long)e->size, sizeof *h);
  if (read_at(e, &e->header, sizeof e->header, 0, "the ELF header"))
    return -EINVAL;
  if (memcmp(h->e_ident, ELFMAG, SELFMAG))
    return REFUSE(e, "%s: is no ELF file, expected a shared object", e->path);
  int order =
      __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
  if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != order)
    return REFUSE(
        e, "%s: has ELF class %d and byte order %d, expected %d and %d",
        e->path, h->e_ident[EI_CLASS], h->e_ident[EI_DATA], ELFCLASS64, order);
  if (h->e_machine != own_machine())
    return REFUSE(e, "%s: is for ELF machine %u, this is machine %u", e->path,
                  h->e_machine, own_machine());
  if (h->e_type != ET_DYN)
    return REFUSE(e, "%s: has ELF type %u, expected %d (a shared object)",
                  e->path, h->e_type, ET_DYN);
  if (h->e_phentsize != sizeof(Elf64_Phdr) || !h->e_phnum)
    return REFUSE(e,
                  "%s: has %u program headers of %u bytes, expected some "
                  "of %zu",
                  e->path, h->e_phnum, h->e_phentsize, sizeof(Elf64_Phdr));
  return 0;
}

// Loadable segments lie inside the file and ascend, as ld.so assumes when it
// computes how much address space to reserve.
static int segments_check(struct elf *e)
{
  uint64_t last = 0;
  bool any = false;
  for (unsigned i = 0; i < e->header.e_phnum; i++) {
    const Elf64_Phdr *p = &e->segments[i];
    if (p->p_type != PT_LOAD) continue;
    if (!inside(p->p_offset, p->p_filesz, e->size))
      return REFUSE(e,
                    "%s: segment %u ends at byte %llu, the file has %llu (cut "
                    "short?)",
                    e->path, i, (unsigned long long)(p->p_offset + p->p_filesz),
                    (unsigned long long)e->size);
    if (p->p_filesz > p->p_memsz || p->p_memsz > UINT64_MAX - p->p_vaddr ||
        (any && p->p_vaddr < last))
      return REFUSE(e, "%s: segment %u has an impossible address or size",
                    e->path, i);
    last = p->p_vaddr + p->p_memsz;
    any = true;
  }
  if (!any) return REFUSE(e, "%s: has no loadable segment", e->path);
  return 0;
}

// The loadable segment whose part in the file covers [address, address + n).
static const Elf64_Phdr *segment_of(const struct elf *e, uint64_t address,
                                    uint64_t n)
{
  for (unsigned i = 0; i < e->header.e_phnum; i++) {
    const Elf64_Phdr *p = &e->segments[i];
    if (p->p_type == PT_LOAD && address >= p->p_vaddr &&
        inside(address - p->p_vaddr, n, p->p_filesz))
      return p;
  }
  return NULL;
}

// Everything else that ld.so reads through a program header (notes, initial
// thread-local data, relro) lies within a loadable segment.
static int others_check(struct elf *e)
{
  for (unsigned i = 0; i < e->header.e_phnum; i++) {
    const Elf64_Phdr *p = &e->segments[i];
    bool followed = p->p_type == PT_TLS || p->p_type == PT_NOTE ||
                    p->p_type == PT_GNU_RELRO || p->p_type == PT_GNU_PROPERTY;
    if (!followed || !p->p_filesz) continue;
    if (p->p_filesz > p->p_memsz || !segment_of(e, p->p_vaddr, p->p_filesz))
      return REFUSE(e, "%s: program header %u points outside its segments",
                    e->path, i);
  }
  return 0;
}

// Tables that ld.so follows: where, and how long if the file says so.
static const struct {
  const char *name;
  Elf64_Sxword address, size;
  bool required;
} tables[] = {
    {"string table", DT_STRTAB, DT_STRSZ, true},
    {"symbol table", DT_SYMTAB, DT_NULL, true},
    {"hash table", DT_HASH, DT_NULL, false},
    {"GNU hash table", DT_GNU_HASH, DT_NULL, false},
    {"relocation table", DT_RELA, DT_RELASZ, false},
    {"PLT relocation table", DT_JMPREL, DT_PLTRELSZ, false},
    {"constructor table", DT_INIT_ARRAY, DT_INIT_ARRAYSZ, false},
    {"destructor table", DT_FINI_ARRAY, DT_FINI_ARRAYSZ, false},
    {"symbol version table", DT_VERSYM, DT_NULL, false},
    {"version need table", DT_VERNEED, DT_NULL, false},
    {"version definition table", DT_VERDEF, DT_NULL, false},
};

static const Elf64_Dyn *entry_of(const Elf64_Dyn *dynamic, Elf64_Sxword tag)
{
  for (; dynamic->d_tag != DT_NULL; dynamic++)
    if (dynamic->d_tag == tag) return dynamic;
  return NULL;
}

// `dynamic` ends with DT_NULL.
static int tables_check(struct elf *e, const Elf64_Dyn *dynamic)
{
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    const Elf64_Dyn *address = entry_of(dynamic, tables[i].address);
    const Elf64_Dyn *size =
        tables[i].size == DT_NULL ? NULL : entry_of(dynamic, tables[i].size);
    if (!address && !tables[i].required) continue;
    if (!address)
      return REFUSE(e, "%s: its dynamic section names no %s", e->path,
                    tables[i].name);
    if (!segment_of(e, address->d_un.d_ptr, size ? size->d_un.d_val : 1))
      return REFUSE(e, "%s: its %s lies outside the file's segments", e->path,
                    tables[i].name);
  }
  return 0;
}

static int dynamic_read(struct elf *e, const Elf64_Phdr *p)
{
  const Elf64_Phdr *load = segment_of(e, p->p_vaddr, p->p_filesz);
  if (!load || p->p_vaddr - load->p_vaddr != p->p_offset - load->p_offset)
    return REFUSE(e, "%s: its dynamic section lies outside its segments",
                  e->path);
  size_t n = p->p_filesz / sizeof(Elf64_Dyn);
  if (!n || p->p_filesz > DYNAMIC_MAX || p->p_vaddr % 8)
    return REFUSE(e, "%s: its dynamic section has an impossible size (%llu)",
                  e->path, (unsigned long long)p->p_filesz);
  Elf64_Dyn *dynamic = malloc(n * sizeof *dynamic);
  if (!dynamic) return REFUSE(e, "%s: no memory to check it", e->path);
  int rc = read_at(e, dynamic, n * sizeof *dynamic, p->p_offset,
                   "the dynamic section");
  size_t i = 0;
  while (!rc && i < n && dynamic[i].d_tag != DT_NULL) i++;
  if (!rc && i == n)
    rc = REFUSE(e, "%s: its dynamic section does not end", e->path);
  if (!rc) rc = tables_check(e, dynamic);
  free(dynamic);
  return rc;
}

static int dynamic_check(struct elf *e)
{
  for (unsigned i = 0; i < e->header.e_phnum; i++)
    if (e->segments[i].p_type == PT_DYNAMIC)
      return dynamic_read(e, &e->segments[i]);
  return REFUSE(e, "%s: has no dynamic section (statically linked?)", e->path);
}

int wane__plugin_elf_check(const char *path, char *error, size_t error_size)
{
  struct elf e = {
      .path = path, .error = error, .error_size = error_size, .fd = -1};
  int rc = open_regular(&e);
  if (!rc) rc = header_check(&e);
  size_t bytes = (size_t)e.header.e_phnum * sizeof *e.segments;
  if (!rc && !(e.segments = malloc(bytes)))
    rc = REFUSE(&e, "%s: no memory to check it", path);
  if (!rc)
    rc = read_at(&e, e.segments, bytes, e.header.e_phoff,
                 "the program header table");
  if (!rc) rc = segments_check(&e);
  if (!rc) rc = others_check(&e);
  if (!rc) rc = dynamic_check(&e);
  free(e.segments);
  if (e.fd >= 0) close(e.fd);
  return rc;
}

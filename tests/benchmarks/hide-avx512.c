/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hide-avx512 PROGRAM [ARGUMENT...]: runs it, its threads and its children on a processor that says
 * it has no AVX-512 and no AMX, so that what is compiled for AVX2 can be measured, ours and that of
 * peers, where there is more. Linux on Intel's x86-64 with "cpuid_fault" in /proc/cpuinfo:
 * arch_prctl(2), ARCH_SET_CPUID, makes CPUID a fault, which is answered here through ptrace(2).
 * Costs nothing but at such a question, which programs ask when they start. */
#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARCH_SET_CPUID 0x1012 /* asm/prctl.h, not always installed */
#define CPUID 0xa20f          /* the instruction, as bytes in memory */
#define SYSCALL 0x050f
#define OPTIONS                                                                                    \
  (PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |           \
   PTRACE_O_EXITKILL)

static _Noreturn void
die (const char *what)
{
  fprintf (stderr, "hide-avx512: %s: %s\n", what, strerror (errno));
  exit (125);
}

/* Intel's manual, volume 2A, CPUID, leaf 7. */
static void
hide (unsigned leaf, unsigned part, unsigned *eax, unsigned *ebx, unsigned *ecx, unsigned *edx)
{
  if (leaf == 7 && part == 0) {
    *ebx &=
        ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31);
    *ecx &= ~(1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14);
    *edx &= ~(1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25);
  }
  if (leaf == 7 && part == 1)
    *eax &= ~(1u << 4 | 1u << 5 | 1u << 21);
}

/* TRUE if @thread has stopped at a CPUID, which it then has behind it. */
static int
answer (pid_t thread)
{
  struct user_regs_struct registers;
  if (ptrace (PTRACE_GETREGS, thread, NULL, &registers) != 0)
    return 0;
  errno = 0;
  long word = ptrace (PTRACE_PEEKTEXT, thread, (void *)registers.rip, NULL);
  if (errno != 0 || (word & 0xffff) != CPUID)
    return 0;
  unsigned leaf = (unsigned)registers.rax, part = (unsigned)registers.rcx, eax, ebx, ecx, edx;
  __cpuid_count (leaf, part, eax, ebx, ecx, edx);
  hide (leaf, part, &eax, &ebx, &ecx, &edx);
  registers.rax = eax;
  registers.rbx = ebx;
  registers.rcx = ecx;
  registers.rdx = edx;
  registers.rip += 2;
  return ptrace (PTRACE_SETREGS, thread, NULL, &registers) == 0;
}

static void
step (pid_t process, struct user_regs_struct *registers)
{
  int status;
  if (ptrace (PTRACE_SINGLESTEP, process, NULL, NULL) != 0 ||
      waitpid (process, &status, __WALL) != process ||
      ptrace (PTRACE_GETREGS, process, NULL, registers) != 0)
    die ("ptrace");
}

/* Lets @process, which has just begun a program, make one system call before anything else. */
static void
forbid_cpuid (pid_t process)
{
  struct user_regs_struct begin, call;
  step (process, &begin); /* out of the system call that began the program, which sets registers */
  void *at = (void *)begin.rip;
  long word = ptrace (PTRACE_PEEKTEXT, process, at, NULL);
  call = begin;
  call.rax = SYS_arch_prctl;
  call.orig_rax = -1;
  call.rdi = ARCH_SET_CPUID;
  call.rsi = 0;
  if (ptrace (PTRACE_POKETEXT, process, at, (void *)((word & ~0xffffL) | SYSCALL)) != 0 ||
      ptrace (PTRACE_SETREGS, process, NULL, &call) != 0)
    die ("ptrace");
  step (process, &call);
  if (call.rip != begin.rip + 2 || (long)call.rax != 0) {
    errno = (int)-(long)call.rax;
    die ("ARCH_SET_CPUID, which this processor or kernel may lack");
  }
  if (ptrace (PTRACE_POKETEXT, process, at, (void *)word) != 0 ||
      ptrace (PTRACE_SETREGS, process, NULL, &begin) != 0)
    die ("ptrace");
}

/* The signal that a thread which has stopped is to get, 0 for none. */
static int
attend (pid_t thread, int status)
{
  int signal = WSTOPSIG (status);
  if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
    forbid_cpuid (thread);
  if (status >> 16 != 0 || signal == SIGSTOP) /* a new thread begins with one */
    return 0;
  return signal == SIGSEGV && answer (thread) ? 0 : signal;
}

int
main (int argc, char **argv)
{
  if (argc < 2) {
    fprintf (stderr, "usage: hide-avx512 PROGRAM [ARGUMENT...]\n");
    return 125;
  }
  pid_t child = fork ();
  if (child == 0) {
    ptrace (PTRACE_TRACEME, 0, NULL, NULL);
    execvp (argv[1], argv + 1);
    die (argv[1]);
  }
  int status;
  if (child < 0 || waitpid (child, &status, 0) != child)
    die ("fork");
  if (WIFEXITED (status))
    return WEXITSTATUS (status);
  if (ptrace (PTRACE_SETOPTIONS, child, NULL, OPTIONS) != 0)
    die ("ptrace");
  forbid_cpuid (child);
  ptrace (PTRACE_CONT, child, NULL, NULL);
  for (pid_t thread; (thread = waitpid (-1, &status, __WALL)) > 0;) {
    if (WIFSTOPPED (status))
      ptrace (PTRACE_CONT, thread, NULL, (void *)(long)attend (thread, status));
    else if (thread == child)
      return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
  }
  die ("waitpid");
}

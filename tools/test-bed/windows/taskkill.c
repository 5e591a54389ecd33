/* taskkill /PID N [/T] [/F]: Wine 8 has no /T. Children are found by their parent's id, as in Windows. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <tlhelp32.h>
#include <stdio.h>
#include <wchar.h>

static int kill_one(DWORD pid) {
  HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, pid);
  if (!process) return 0;
  int done = TerminateProcess(process, 1);
  CloseHandle(process);
  if (done) printf("SUCCESS: The process with PID %lu has been terminated.\n", pid);
  return done;
}
static void kill_children(DWORD parent) {
  HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  PROCESSENTRY32W entry = { .dwSize = sizeof entry };
  for (BOOL more = Process32FirstW(all, &entry); more; more = Process32NextW(all, &entry))
    if (entry.th32ParentProcessID == parent && entry.th32ProcessID != parent) {
      kill_children(entry.th32ProcessID);
      kill_one(entry.th32ProcessID);
    }
  CloseHandle(all);
}
int wmain(int argc, wchar_t **argv) {
  DWORD pid = 0;
  int tree = 0, force = 0;
  for (int i = 1; i < argc; i++) {
    if (_wcsicmp(argv[i], L"/PID") == 0 && i + 1 < argc) pid = wcstoul(argv[++i], NULL, 10);
    else if (_wcsicmp(argv[i], L"/T") == 0) tree = 1;
    else if (_wcsicmp(argv[i], L"/F") == 0) force = 1;
  }
  HANDLE process = pid ? OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid) : NULL;
  if (!process) { fprintf(stderr, "ERROR: The process \"%lu\" not found.\n", pid); return 128; }
  CloseHandle(process);
  if (!force) {
    fprintf(stderr, "ERROR: The process with PID %lu could not be terminated.\nReason: This process can only be terminated forcefully (with /F option).\n", pid);
    return 1;
  }
  if (tree) kill_children(pid);
  return kill_one(pid) ? 0 : 1;
}

/*
 * relay.exe PROGRAM [ARGUMENT...]: starts a Windows program with Windows pipes as its standard streams, copies between them
 * and this process' own streams, and ends with the program's exit code. Node and .NET refuse Unix pipes and terminals as
 * standard streams (EBADF). The program gets a console without a window, as a service does.
 *   WIN_PIDFILE=FILE    the program's process id is written there
 *   WIN_NEW_GROUP=1     the program leads a process group of its own, in which Ctrl+C is off
 * SIGINT arrives as Ctrl+C and is passed on to the program.
 * relay.exe --event break|c PID: raises Ctrl+Break or Ctrl+C in the console of PID.
 * relay.exe --keep: does nothing, so that Wine's own processes keep running.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct copy { HANDLE from, to; };
static volatile LONG passing;
static DWORD child_id;
static BOOL own_group;

static DWORD WINAPI copy_all(void *given) {
  struct copy *c = given;
  static const DWORD size = 65536;
  char *buffer = malloc(size);
  DWORD got, put;
  while (ReadFile(c->from, buffer, size, &got, NULL) && got > 0) {
    for (DWORD at = 0; at < got; at += put)
      if (!WriteFile(c->to, buffer + at, got - at, &put, NULL)) goto end;
  }
end:
  CloseHandle(c->to);
  free(buffer);
  return 0;
}

static BOOL WINAPI on_event(DWORD kind) {
  if (kind != CTRL_C_EVENT && kind != CTRL_BREAK_EVENT) return FALSE;
  /* The event that this process raises arrives here, too. */
  if (InterlockedExchange(&passing, 1) != 0) return TRUE;
  DWORD wanted = own_group ? CTRL_BREAK_EVENT : kind;
  FreeConsole();
  if (AttachConsole(child_id)) {
    GenerateConsoleCtrlEvent(wanted, own_group ? child_id : 0);
    Sleep(1000);
    FreeConsole();
  }
  InterlockedExchange(&passing, 0);
  return TRUE;
}

static int raise_event(const wchar_t *kind, DWORD pid) {
  DWORD event = wcscmp(kind, L"c") == 0 ? CTRL_C_EVENT : CTRL_BREAK_EVENT;
  FreeConsole();
  if (!AttachConsole(pid)) { fprintf(stderr, "relay: no console of %lu (%lu)\n", pid, GetLastError()); return 1; }
  SetConsoleCtrlHandler(NULL, TRUE);
  SetConsoleCtrlHandler(on_event, TRUE);
  passing = 1;
  /* Group 0: all processes of the console. */
  if (!GenerateConsoleCtrlEvent(event, 0)) {
    fprintf(stderr, "relay: no event (%lu)\n", GetLastError());
    return 1;
  }
  return 0;
}

int wmain(int argc, wchar_t **argv) {
  if (argc == 4 && wcscmp(argv[1], L"--event") == 0) return raise_event(argv[2], wcstoul(argv[3], NULL, 10));
  if (argc == 2 && wcscmp(argv[1], L"--keep") == 0) {
    /* Asking for the desktop's window starts the desktop; it runs as long as a process uses it. */
    HMODULE user = LoadLibraryW(L"user32.dll");
    HWND (WINAPI *desktop)(void) = (void *)GetProcAddress(user, "GetDesktopWindow");
    if (desktop) desktop();
    Sleep(INFINITE);
  }
  if (argc < 2) { fprintf(stderr, "relay: PROGRAM [ARGUMENT...]\n"); return 64; }
  /* The program's command line is the rest of this one, quoted by Wine. */
  wchar_t *line = GetCommandLineW();
  if (*line == L'"') { line = wcschr(line + 1, L'"'); line++; } else while (*line && *line != L' ' && *line != L'\t') line++;
  while (*line == L' ' || *line == L'\t') line++;
  line = _wcsdup(line);

  SECURITY_ATTRIBUTES inherit = { sizeof inherit, NULL, TRUE };
  HANDLE in[2], out[2], err[2];
  if (!CreatePipe(&in[0], &in[1], &inherit, 65536) || !CreatePipe(&out[0], &out[1], &inherit, 65536) ||
      !CreatePipe(&err[0], &err[1], &inherit, 65536)) return 125;
  SetHandleInformation(in[1], HANDLE_FLAG_INHERIT, 0);
  SetHandleInformation(out[0], HANDLE_FLAG_INHERIT, 0);
  SetHandleInformation(err[0], HANDLE_FLAG_INHERIT, 0);
  HANDLE given[3] = { GetStdHandle(STD_INPUT_HANDLE), GetStdHandle(STD_OUTPUT_HANDLE), GetStdHandle(STD_ERROR_HANDLE) };
  for (int i = 0; i < 3; i++) SetHandleInformation(given[i], HANDLE_FLAG_INHERIT, 0);

  SetConsoleCtrlHandler(on_event, TRUE);
  own_group = GetEnvironmentVariableW(L"WIN_NEW_GROUP", NULL, 0) > 0;
  STARTUPINFOW start = { .cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdInput = in[0], .hStdOutput = out[1], .hStdError = err[1] };
  PROCESS_INFORMATION made;
  if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_NO_WINDOW | (own_group ? CREATE_NEW_PROCESS_GROUP : 0), NULL, NULL, &start, &made)) {
    fwprintf(stderr, L"relay: cannot start %ls (%lu)\n", line, GetLastError());
    return 127;
  }
  child_id = made.dwProcessId;
  wchar_t file[4096];
  if (GetEnvironmentVariableW(L"WIN_PIDFILE", file, 4096) > 0) {
    FILE *pid = _wfopen(file, L"w");
    if (pid) { fprintf(pid, "%lu\n", child_id); fclose(pid); }
  }
  CloseHandle(in[0]); CloseHandle(out[1]); CloseHandle(err[1]);
  struct copy copies[3] = { { given[0], in[1] }, { out[0], given[1] }, { err[0], given[2] } };
  CreateThread(NULL, 0, copy_all, &copies[0], 0, NULL);
  HANDLE outputs[2] = { CreateThread(NULL, 0, copy_all, &copies[1], 0, NULL), CreateThread(NULL, 0, copy_all, &copies[2], 0, NULL) };
  WaitForSingleObject(made.hProcess, INFINITE);
  /* No longer than two seconds: a grandchild may hold the pipes. */
  WaitForMultipleObjects(2, outputs, TRUE, 2000);
  DWORD code = 125;
  GetExitCodeProcess(made.hProcess, &code);
  /* ExitProcess would wait for the thread that reads this process' standard input. */
  TerminateProcess(GetCurrentProcess(), code);
  return code;
}

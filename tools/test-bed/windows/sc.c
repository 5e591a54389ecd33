/* sc.exe: `config` and `failure`, which Wine 8 lacks, succeed and do nothing. Wine's own (sc-wine.exe) does the rest. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdio.h>
#include <wchar.h>
int wmain(int argc, wchar_t **argv) {
  if (argc > 1 && (!_wcsicmp(argv[1], L"config") || !_wcsicmp(argv[1], L"failure"))) { printf("[SC] ChangeServiceConfig SUCCESS (stand-in)\n"); return 0; }
  wchar_t *line = GetCommandLineW(), whole[8192];
  if (*line == L'"') { line = wcschr(line + 1, L'"'); line++; } else while (*line && *line != L' ') line++;
  swprintf(whole, 8192, L"C:\\windows\\system32\\sc-wine.exe%ls", line);
  STARTUPINFOW start = { .cb = sizeof start }; PROCESS_INFORMATION made;
  if (!CreateProcessW(NULL, whole, NULL, NULL, TRUE, 0, NULL, NULL, &start, &made)) return 1;
  WaitForSingleObject(made.hProcess, INFINITE); DWORD code; GetExitCodeProcess(made.hProcess, &code); return code;
}

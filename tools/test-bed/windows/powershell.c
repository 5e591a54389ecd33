/*
 * powershell.exe at the path where Windows has Windows PowerShell: starts the program that the first line of powershell.txt
 * beside it names, with the same arguments and streams. Each further line, NAME=VALUE, sets a variable for that program;
 * %NAME% in a value is expanded.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
int wmain(void) {
  wchar_t own[MAX_PATH], target[1024];
  GetModuleFileNameW(NULL, own, MAX_PATH);
  wcscpy(wcsrchr(own, L'\\') + 1, L"powershell.txt");
  FILE *file = _wfopen(own, L"rt, ccs=UTF-8");
  if (!file || !fgetws(target, 1024, file)) return 9;
  target[wcscspn(target, L"\r\n")] = 0;
  wchar_t row[4096], value[32768];
  while (fgetws(row, 4096, file)) {
    row[wcscspn(row, L"\r\n")] = 0;
    wchar_t *equals = wcschr(row, L'=');
    if (!equals) continue;
    *equals = 0;
    ExpandEnvironmentStringsW(equals + 1, value, 32768);
    SetEnvironmentVariableW(row, value);
  }
  fclose(file);
  wchar_t *line = GetCommandLineW();
  if (*line == L'"') { line = wcschr(line + 1, L'"'); line++; } else while (*line && *line != L' ' && *line != L'\t') line++;
  size_t size = wcslen(target) + wcslen(line) + 4;
  wchar_t *whole = malloc(size * sizeof *whole);
  swprintf(whole, size, L"\"%ls\"%ls", target, line);
  STARTUPINFOW start = { .cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdInput = GetStdHandle(STD_INPUT_HANDLE), .hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE), .hStdError = GetStdHandle(STD_ERROR_HANDLE) };
  PROCESS_INFORMATION made;
  /* TerminateProcess of this process ends the program, too. */
  HANDLE job = CreateJobObjectW(NULL, NULL);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit = { .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE };
  SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limit, sizeof limit);
  if (!CreateProcessW(NULL, whole, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &start, &made)) return 127;
  AssignProcessToJobObject(job, made.hProcess);
  ResumeThread(made.hThread);
  CloseHandle(start.hStdInput); CloseHandle(start.hStdOutput); CloseHandle(start.hStdError);
  WaitForSingleObject(made.hProcess, INFINITE);
  DWORD code = 125;
  GetExitCodeProcess(made.hProcess, &code);
  ExitProcess(code);
}

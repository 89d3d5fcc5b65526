#pragma once

/// \file
/// What commands print. Answers go to standard output, findings and errors to standard error; with
/// --json everything is one object on standard output.

#include <string>
#include <string_view>
#include <vector>

#include "app/commands.h"
#include "app/exit_code.h"
#include "base/finding.h"
#include "base/result.h"

namespace danewerk::app {

/// "PROGRAM: error: ..." and "PROGRAM: hint: ..."; with --json an object with "error" and "hint".
void print_error(const Error& error, const Voice& voice);
/// All findings that the voice lets through, and how many more there were.
void print_findings(const Findings& findings, const Voice& voice);
/// "2 errors, 1 warning, 3 infos".
std::string summary(const Findings& findings);
/// kFailed when there is an error, or a warning that counts as one.
ExitCode exit_code(const Findings& findings, const Voice& voice);
ExitCode exit_code(const Error& error);

/// Lines "label  value" with labels of one width. An empty label goes on with the one before.
struct Row {
  std::string label;
  std::string value;
};
void print_rows(const std::vector<Row>& rows);
/// A row a line of TEXT: a finding's hint stands in one of its own.
void add_lines(std::vector<Row>& rows, std::string label, std::string_view text);
void print_line(std::string_view line);

/// What comes from files, arguments or the environment cannot speak to the terminal: control
/// characters other than line feed and tab as "\x1b".
std::string printable(std::string_view text);

/// The findings as a JSON array, in text form.
std::string findings_json(const Findings& findings);

}  // namespace danewerk::app

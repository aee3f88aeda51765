// A SQLite VFS over another one that gathers what is written to the write-ahead log and hands it on in large pieces when the log is
// flushed. SQLite itself writes every page of a commit with two system calls; a group of transactions has hundreds of pages.
#pragma once
#include <string>

namespace kontor::sqlite {

// Registers the VFS over `base` (empty: the system's default) once and returns its name.
std::string gathering_vfs(const std::string& base = {});

}  // namespace kontor::sqlite

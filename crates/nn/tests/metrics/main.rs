//! Event files, read back.

mod event_files;

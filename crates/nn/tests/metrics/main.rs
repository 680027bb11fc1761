//! What metrics come to, by hand, by definition and by scikit-learn; and event files, read back.

mod event_files;

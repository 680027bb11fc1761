//! What metrics come to: by hand, by definition and by scikit-learn; and event files, read back.

mod by_hand;
mod definitions;
mod event_files;
mod networks;
mod registry;
mod samples;
mod scikit_learn;
mod unusual;
mod walk;

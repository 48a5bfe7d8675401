//! Modes, quotas, tokens and the shapes answers take.

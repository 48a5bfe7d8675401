//! The console's tables: people, their sessions and tokens, what they did, and answers already given to programs.
//!
//! People belong to the installation and not to a site (one clerk may serve three), so their keys do not begin with one;
//! they are few, and would stand on every shard.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000007_console", parts: &[TABLES] };

const TABLES: &[&str] = &[
    "CREATE TABLE people (
        name TEXT NOT NULL PRIMARY KEY,
        role TEXT NOT NULL,
        sites TEXT NOT NULL,
        password TEXT,
        disabled_at BIGINT,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE web_sessions (
        token_hash TEXT NOT NULL PRIMARY KEY,
        person TEXT NOT NULL REFERENCES people (name),
        opened_at BIGINT NOT NULL,
        used_at BIGINT NOT NULL,
        ends_at BIGINT NOT NULL,
        agent TEXT NOT NULL
    )",
    "CREATE INDEX web_sessions_person ON web_sessions (person)",
    "CREATE TABLE api_tokens (
        token_hash TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        sites TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at BIGINT NOT NULL,
        ends_at BIGINT NOT NULL,
        used_at BIGINT,
        revoked_at BIGINT
    )",
    "CREATE TABLE people_events (
        id {uuid} NOT NULL PRIMARY KEY,
        at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        event TEXT NOT NULL,
        words TEXT NOT NULL
    )",
    "CREATE INDEX people_events_at ON people_events (at)",
    "CREATE TABLE api_answers (
        caller TEXT NOT NULL,
        answer_key TEXT NOT NULL,
        request TEXT NOT NULL,
        status BIGINT,
        body TEXT,
        made_at BIGINT NOT NULL,
        PRIMARY KEY (caller, answer_key)
    )",
    "CREATE INDEX api_answers_made ON api_answers (made_at)",
];

//! `auth_db`: users, passwords and addresses in databases

use crate::{Effect, Function, Kind, ModParam, Module, Param, RouteKind, Routes, required};

const REQUEST: Routes = Routes::of(&[RouteKind::Request]);
const ALSO_FAILURE: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Local]);
const TABLE: Param = required("table", Kind::Text).told();
const RESULTS: &str =
    "-1: unknown user, -2: wrong password, -3: stale nonce, -4: no credentials, 0: an error was replied";
const SAME: &str =
    "-1: no such header, -2: no credentials were verified, -4: no user, -8: error, -9: another user";

/// The table of `auth_db`.
pub const MODULE: Module = Module {
    name: "auth_db",
    summary: "Digest authentication of requests against a table of a database; whose addresses are whose",
    depends: &["auth"],
    functions: &[
        Function::new(
            "www_authorize",
            &[required("realm", Kind::Text), TABLE],
            REQUEST,
            Effect::Suspends,
            "Checks the credentials in Authorization; an empty realm is the domain.",
        )
        .returning(RESULTS),
        Function::new(
            "proxy_authorize",
            &[required("realm", Kind::Text), TABLE],
            REQUEST,
            Effect::Suspends,
            "Checks the credentials in Proxy-Authorization; an empty realm is the domain.",
        )
        .returning(RESULTS),
        Function::new(
            "db_does_uri_exist",
            &[required("uri", Kind::Text), TABLE],
            ALSO_FAILURE,
            Effect::Suspends,
            "Whether a table of users has the user of a URI.",
        )
        .returning("-1: no URI, -4: error, -5: no such user"),
        Function::new(
            "db_is_to_authorized",
            &[TABLE],
            REQUEST,
            Effect::Suspends,
            "Whether a table of URIs says that whose credentials were verified may use the address in To.",
        )
        .returning(SAME),
        Function::new(
            "db_is_from_authorized",
            &[TABLE],
            REQUEST,
            Effect::Suspends,
            "Whether a table of URIs says that whose credentials were verified may use the address in From.",
        )
        .returning(SAME),
        Function::new(
            "db_get_auth_id",
            &[
                TABLE,
                required("uri", Kind::Text),
                required("user", Kind::Variable),
                required("realm", Kind::Variable),
            ],
            ALSO_FAILURE,
            Effect::Suspends,
            "Who uses a URI: user and realm, out of a table of URIs.",
        )
        .returning("-1: no URI with a user, -3: no texts, -4: not known, -8: error"),
    ],
    params: &[
        ModParam::text("db_url", "The database."),
        ModParam::text("user_column", "The user in tables of users: username."),
        ModParam::text("domain_column", "The domain there: domain."),
        ModParam::text("password_column", "The password, or its hash for MD5: ha1."),
        ModParam::text("hash_column_sha256", "The hash for SHA-256: ha1_sha256."),
        ModParam::text("hash_column_sha512t256", "The hash for SHA-512-256: ha1_sha512t256."),
        ModParam::text("uri_user_column", "The user in tables of URIs: username."),
        ModParam::text("uri_domain_column", "The domain there: domain."),
        ModParam::text("uri_uriuser_column", "The user of the URI there: uri_user."),
        ModParam::int("calculate_ha1", "1: the table has passwords, not hashes."),
        ModParam::int("use_domain", "0: users are told apart without their domains; 1."),
        ModParam::text(
            "load_credentials",
            "Columns that become AVPs once the password was right: $avp(a)=column;b.",
        ),
        ModParam::int("skip_version_check", "1: tables of any version will do."),
    ],
    ..Module::EMPTY
};

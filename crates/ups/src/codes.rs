//! Codes of UPS as enums that keep what they do not know.
//!
//! ```text
//! "03" ─► Service::of ─► Service::Ground ─► code() "03", name() "Ground"
//! "Q7" ─► Service::of ─► Service::Other("Q7") ─► code() "Q7": written back as it came, never a default
//! ```
//!
//! UPS adds codes without notice and sells some by contract only. A code outside a table is therefore no
//! error: it is kept as it came and can be asked for by `Other`.

/// Makes an enum of codes: known ones as variants, any other kept in `Other`.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $code:literal, $words:literal; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( #[doc = concat!("`", $code, "`: ", $words, ".")] $(#[$variant_meta])* $variant, )+
            /// A code outside this table, exactly as it came or shall be sent.
            Other(String),
        }

        impl $name {
            /// The codes this crate knows.
            pub const KNOWN: &'static [Self] = &[$( Self::$variant ),+];

            /// UPS's code.
            #[must_use]
            pub fn code(&self) -> &str {
                match self {
                    $( Self::$variant => $code, )+
                    Self::Other(code) => code,
                }
            }

            /// What the code stands for; an unknown code stands for itself.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $( Self::$variant => $words, )+
                    Self::Other(code) => code,
                }
            }

            /// The meaning of a code, in capitals or not; an unknown one is kept.
            #[must_use]
            pub fn of(code: &str) -> Self {
                let code = code.trim();
                $( if code.eq_ignore_ascii_case($code) { return Self::$variant; } )+
                Self::Other(code.to_owned())
            }
        }

        impl From<&str> for $name {
            fn from(code: &str) -> Self {
                Self::of(code)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(crate) use codes;

#[cfg(test)]
mod tests {
    use crate::label::ImageFormat;

    #[test]
    fn a_known_code_has_a_name_and_an_unknown_one_is_kept() {
        assert_eq!(ImageFormat::of(" zpl "), ImageFormat::Zpl);
        assert_eq!((ImageFormat::Gif.code(), ImageFormat::Gif.name()), ("GIF", "GIF image"));
        assert_eq!(ImageFormat::from("qrX"), ImageFormat::Other("qrX".to_owned()));
        assert_eq!((ImageFormat::of("qrX").code(), ImageFormat::of("qrX").to_string().as_str()), ("qrX", "qrX"));
        assert!(ImageFormat::KNOWN.contains(&ImageFormat::Pdf));
    }
}

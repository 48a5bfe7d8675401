//! The states of sales orders and dispatch notes. Codes that this crate does not know are kept as they came.

/// The state of a sales order (`SorMaster.OrderStatus`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SalesOrderStatus {
    /// `0`: being entered.
    InProcess,
    /// `1`: open.
    Open,
    /// `2`: open back order.
    OpenBackOrder,
    /// `3`: released back order.
    ReleasedBackOrder,
    /// `4`: in the warehouse, the delivery note is printed.
    InWarehouse,
    /// `8`: ready to invoice.
    ReadyToInvoice,
    /// `9`: complete.
    Complete,
    /// `F`: forward order.
    Forward,
    /// `S`: in suspense, for example for want of credit.
    InSuspense,
    /// `*`, `\` or `/`: cancelled, by the code it came with.
    Cancelled {
        /// The code.
        code: String,
    },
    /// A code that this crate does not know.
    Unknown {
        /// The code as it came.
        raw: String,
    },
}

impl SalesOrderStatus {
    /// The state for a code.
    pub fn from_code(code: &str) -> Self {
        match code.trim() {
            "0" => Self::InProcess,
            "1" => Self::Open,
            "2" => Self::OpenBackOrder,
            "3" => Self::ReleasedBackOrder,
            "4" => Self::InWarehouse,
            "8" => Self::ReadyToInvoice,
            "9" => Self::Complete,
            "F" | "f" => Self::Forward,
            "S" | "s" => Self::InSuspense,
            cancelled @ ("*" | "\\" | "/") => Self::Cancelled { code: cancelled.to_owned() },
            raw => Self::Unknown { raw: raw.to_owned() },
        }
    }

    /// The code as SYSPRO writes it.
    pub fn code(&self) -> &str {
        match self {
            Self::InProcess => "0",
            Self::Open => "1",
            Self::OpenBackOrder => "2",
            Self::ReleasedBackOrder => "3",
            Self::InWarehouse => "4",
            Self::ReadyToInvoice => "8",
            Self::Complete => "9",
            Self::Forward => "F",
            Self::InSuspense => "S",
            Self::Cancelled { code } => code,
            Self::Unknown { raw } => raw,
        }
    }
}

/// The state of a dispatch note (`MdnMaster.DispatchNoteStatus`). The code of a note that is still being entered is not
/// known, so it comes as [`Self::Unknown`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DispatchNoteStatus {
    /// `3`: created, ready to print.
    ReadyToPrint,
    /// `5`: printed.
    Printed,
    /// `7`: ready to invoice.
    ReadyToInvoice,
    /// `8`: waits for its consolidated invoice.
    Consolidated,
    /// `9`: invoiced.
    Complete,
    /// `H`: on hold.
    OnHold,
    /// `S`: in suspense.
    InSuspense,
    /// `*` or `\`: cancelled, by the code it came with.
    Cancelled {
        /// The code.
        code: String,
    },
    /// A code that this crate does not know.
    Unknown {
        /// The code as it came.
        raw: String,
    },
}

impl DispatchNoteStatus {
    /// The state for a code.
    pub fn from_code(code: &str) -> Self {
        match code.trim() {
            "3" => Self::ReadyToPrint,
            "5" => Self::Printed,
            "7" => Self::ReadyToInvoice,
            "8" => Self::Consolidated,
            "9" => Self::Complete,
            "H" | "h" => Self::OnHold,
            "S" | "s" => Self::InSuspense,
            cancelled @ ("*" | "\\") => Self::Cancelled { code: cancelled.to_owned() },
            raw => Self::Unknown { raw: raw.to_owned() },
        }
    }

    /// The code as SYSPRO writes it.
    pub fn code(&self) -> &str {
        match self {
            Self::ReadyToPrint => "3",
            Self::Printed => "5",
            Self::ReadyToInvoice => "7",
            Self::Consolidated => "8",
            Self::Complete => "9",
            Self::OnHold => "H",
            Self::InSuspense => "S",
            Self::Cancelled { code } => code,
            Self::Unknown { raw } => raw,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_as_it_came() {
        for code in ["0", "1", "2", "3", "4", "8", "9", "F", "S", "*", "\\", "/", "6", ""] {
            assert_eq!(SalesOrderStatus::from_code(code).code(), code);
        }
        for code in ["3", "5", "7", "8", "9", "H", "S", "*", "\\", "0", "X"] {
            assert_eq!(DispatchNoteStatus::from_code(code).code(), code);
        }
        assert_eq!(SalesOrderStatus::from_code("6"), SalesOrderStatus::Unknown { raw: "6".to_owned() });
    }
}

//! The tables of a company database: names, columns, lengths.
//!
//! `c20` is text of 20 characters, `n18.6` a decimal with six places, `d` a date that may be
//! null, `v` the row version. Names and lengths are those of real company databases; where a
//! length is not public (dispatch notes) it is that of the matching order column. There is no
//! structured ship-to, no tracking number and no last-modified time, because SYSPRO has none.

use super::table::{Column, Kind, Table, Tables};

/// The table of custom form fields on sales orders.
pub(crate) const ORDER_FORM: &str = "CusSorMaster+";

/// An empty company database with every table the sandbox knows.
pub(crate) fn tables() -> Tables {
    let mut tables = Tables::default();
    for (name, key_columns, columns) in TABLES {
        tables.add(Table::new(name, columns_of(columns), *key_columns));
    }
    tables
}

fn columns_of(text: &str) -> Vec<Column> {
    text.split(',')
        .filter_map(|it| it.trim().split_once(' '))
        .map(|(name, kind)| Column { name: name.to_owned(), kind: kind_of(kind) })
        .collect()
}

fn kind_of(text: &str) -> Kind {
    let (letter, size) = text.split_at(1);
    match letter {
        "c" => Kind::Text(size.parse().unwrap_or(20)),
        "n" => {
            let (precision, scale) = size.split_once('.').unwrap_or((size, "0"));
            Kind::Number { precision: precision.parse().unwrap_or(18), scale: scale.parse().unwrap_or(0) }
        }
        "d" => Kind::Date,
        _ => Kind::Version,
    }
}

/// Table, number of leading key columns, columns.
const TABLES: &[(&str, usize, &str)] = &[
    ("SorMaster", 1, SOR_MASTER),
    ("SorDetail", 2, SOR_DETAIL),
    ("MdnMaster", 1, MDN_MASTER),
    ("MdnDetail", 2, MDN_DETAIL),
    ("ArCustomer", 1, AR_CUSTOMER),
    ("ArMultAddress", 2, AR_MULT_ADDRESS),
    ("ArInvoice", 3, AR_INVOICE),
    ("InvMaster", 1, INV_MASTER),
    ("PorMasterHdr", 1, POR_MASTER_HDR),
    ("PorMasterDetail", 2, POR_MASTER_DETAIL),
    ("ApSupplier", 1, AP_SUPPLIER),
    ("ApSupplierAddr", 1, AP_SUPPLIER_ADDR),
    ("SorMasterRep", 6, SOR_MASTER_REP),
    ("MdnMasterRep", 1, MDN_MASTER),
    ("ArTrnSummary", 5, AR_TRN_SUMMARY),
    ("ArTrnDetail", 6, AR_TRN_DETAIL),
    (ORDER_FORM, 2, "SalesOrder c20, InvoiceNumber c20, TimeStamp v"),
    ("PorMasterHdr+", 1, "PurchaseOrder c20, TimeStamp v"),
    ("ArCustomer+", 1, "Customer c15, TimeStamp v"),
    ("InvMaster+", 1, "StockCode c30, TimeStamp v"),
    ("ApSupplier+", 1, "Supplier c15, TimeStamp v"),
];

/// A form's table whose base is not among [`TABLES`]' forms: one key column, as the base has it.
pub(crate) fn form_table(name: &str, key: &str) -> Table {
    Table::new(name, columns_of(&format!("{key} c20, TimeStamp v")), 1)
}

const SOR_MASTER: &str = "SalesOrder c20, OrderStatus c1, ActiveFlag c1, CancelledFlag c1, DocumentType c1, \
    DetailStatus c1, OrderStatusFail c1, ProcessFlag n1, InterWhSale c1, IbtFlag c1, CounterSalesFlag c1, \
    ConsolidatedOrder c1, DispatchesMade c1, LiveDispExist c1, NumDispatches n4, NextDetailLine n4, \
    Customer c15, CustomerName c50, CustomerPoNumber c30, Branch c10, Warehouse c10, Salesperson c20, \
    Area c10, Email c255, Currency c3, ExchangeRate n12.6, ShipAddress1 c40, ShipAddress2 c40, \
    ShipAddress3 c40, ShipAddress3Loc c40, ShipAddress4 c40, ShipAddress5 c40, ShipPostalCode c10, \
    ShipToGpsLat n8.6, ShipToGpsLong n9.6, State c2, CountyZip c5, MultiShipCode c5, AltShipAddrFlag c1, \
    Nationality c3, LanguageCode c2, ShippingLocation c10, ShippingInstrs c50, ShippingInstrsCod c6, \
    SpecialInstrs c30, DeliveryTerms c10, TransportMode n2, TransactionNature n3, StandardComment c10, \
    OrderDate d, EntrySystemDate d, ReqShipDate d, DateLastDocPrt d, LastDelNote d, DateLastInvPrt d, \
    EntInvoiceDate d, CreditedInvDate d, TimeDelPrtedHh n2, TimeDelPrtedMm n2, TimeInvPrtedHh n2, \
    TimeInvPrtedMm n2, CaptureHh n2, CaptureMm n2, DeliveryNote c20, LastInvoice c20, EntInvoice c20, \
    InvoiceCount n4, GtrReference c20, Quote c20, Job c20, AlternateKey c10, User1 c1, LastOperator c20, \
    Operator c20, WebCreated c1, EdiSource c1, SalesOrderSource c6, SalesOrderSrcDesc c50, TimeStamp v";

const SOR_DETAIL: &str = "SalesOrder c20, SalesOrderLine n4, SalesOrderInitLine n4, LineType c1, \
    MStockCode c30, MStockDes c50, MWarehouse c10, MBin c20, MOrderQty n18.6, MShipQty n18.6, \
    MBackOrderQty n18.6, MQtyDispatched n18.6, QtyReserved n18.6, MOrderUom c10, MStockingUom c10, \
    MStockQtyToShp n18.6, MConvFactOrdUm n12.6, MPrice n15.5, MPriceUom c10, MUnitCost n15.5, \
    MStockUnitMass n18.6, MStockUnitVol n18.6, MProductClass c20, MLineShipDate d, MCustRequestDat d, \
    MBomFlag c1, MTariffCode c15, MSerialMethod c1, MReviewFlag c1, MPickingSlip c15, MCusSupStkCode c30, \
    MultiShipCode c5, NComment c100, NCommentFromLin n4, NCommentType c1, NMscChargeValue n14.2, \
    NMscChargeCost n14.2, NMscProductCls c20, NMscTaxCode c3, NChargeCode c6, TimeStamp v";

const MDN_MASTER: &str = "DispatchNote c20, NextDetailLine n4, SalesOrder c20, Customer c15, CustomerName c50, \
    CustomerPoNumber c30, DispatchName c50, DispatchCustName c50, DispatchAddress1 c40, DispatchAddress2 c40, \
    DispatchAddress3 c40, DispatchAddress4 c40, DispatchAddress5 c40, DispatchPostalCode c10, \
    ShipAddressFlag c1, MultiShipCode c5, ShippingInstrs c50, SpecialInstrs c30, DispatchComments1 c100, \
    DispatchComments2 c100, DispatchComments3 c100, DispatchComments4 c100, UserField1 c20, UserField2 c20, \
    Branch c10, Area c10, Salesperson c20, OrderType c2, Email c255, PlannedDeliverDate d, \
    ActualDeliveryDate d, Invoice c20, InvoiceCreatedDate d, DateLastInvPrt d, ConsolidateInvFlag c1, \
    DispatchNoteStatus c1, PrevStatus c1, StatusWhenHeld c1, Reason c30, CreditAuthority c20, \
    GtrReference c20, Nationality c3, DeliveryTerms c10, TransportMode n2, State c2, CountyZip c5, \
    ExtendedTaxCode c3, CompanyTaxNo c15, SourceWarehouse c10, TargetWarehouse c10, LastOperator c20, \
    WebCreated c1, Quote c20, TimeStamp v";

const MDN_DETAIL: &str = "DispatchNote c20, DispatchNoteLine n4, SalesOrder c20, SalesOrderLine n4, LineType c1, \
    MStockCode c30, MStockDes c50, MOrderQty n18.6, MStockQtyToShp n18.6, MOrderUom c10, MCustRequestDat d, \
    NComment c100, NMscChargeValue n14.2, NMscChargeCost n14.2, TimeStamp v";

const AR_CUSTOMER: &str = "Customer c15, Name c50, ShortName c20, Telephone c20, Contact c50, AddTelephone c20, \
    Fax c20, Email c255, SoldToAddr1 c40, SoldToAddr2 c40, SoldToAddr3 c40, SoldToAddr3Loc c40, SoldToAddr4 c40, SoldToAddr5 c40, \
    SoldPostalCode c10, ShipToAddr1 c40, ShipToAddr2 c40, ShipToAddr3 c40, ShipToAddr3Loc c40, ShipToAddr4 c40, ShipToAddr5 c40, \
    ShipPostalCode c10, ShippingInstrs c50, ShippingInstrsCod c6, State c2, CountyZip c5, City c30, \
    Nationality c3, Currency c3, RouteCode c10, DeliveryTerms c10, CustomerOnHold c1, SpecialInstrs c30, \
    TimeStamp v";

const AR_MULT_ADDRESS: &str = "Customer c15, AddrCode c5, ShipToName c50, ShipToAddr1 c40, ShipToAddr2 c40, \
    ShipToAddr3 c40, ShipToAddr3Loc c40, ShipToAddr4 c40, ShipToAddr5 c40, ShipPostalCode c10, \
    ShipToGpsLat n8.6, ShipToGpsLong n9.6, State c2, CountyZip c5, City c30, Nationality c3, Area c10, RouteCode c10, TimeStamp v";

const AR_INVOICE: &str = "Customer c15, Invoice c20, DocumentType c1, InvoiceDate d, SalesOrder c20, \
    CustomerPoNumber c30, Branch c10, Salesperson c20, TermsCode c2, CurrencyValue n14.2, PostCurrency c3, \
    ConvRate n12.6, InvoiceBal1 n14.2, InvoiceBal2 n14.2, InvoiceBal3 n14.2, InvoiceYear n4, InvoiceMonth n2, \
    LastDelNote c20, StoreNumber c10, ProofOfDelivery c1, PodEntryDate d, PodReference c30, TaxStatus c1, \
    DiscBal n14.2, TimeStamp v";

const INV_MASTER: &str = "StockCode c30, Description c50, LongDesc c100, StockUom c10, AlternateUom c10, \
    OtherUom c10, ConvFactAltUom n12.6, ConvMulDiv c1, Mass n18.6, Volume n18.6, Decimals n1, TariffCode c15, \
    CountryOfOrigin c3, Supplier c15, KitType c1, SerialMethod c1, ProductClass c20, UserField1 c30, StorageHazard c1, \
    TimeStamp v";

const POR_MASTER_HDR: &str = "PurchaseOrder c20, OrderStatus c1, ActiveFlag c1, CancelledFlag c1, Supplier c15, \
    OrderEntryDate d, OrderDueDate d, DateLastDocPrt d, MemoDate d, DatePoCompleted d, OrderType c1, \
    Customer c15, CustomerPoNumber c30, ShippingInstrs c50, Warehouse c10, Currency c3, Buyer c20, \
    DeliveryName c50, DeliveryAddr1 c40, DeliveryAddr2 c40, DeliveryAddr3 c40, DeliveryAddr3Loc c40, \
    DeliveryAddr4 c40, DeliveryAddr5 c40, PostalCode c10, DeliveryGpsLat n8.6, DeliveryGpsLong n9.6, DeliveryMethod c10, DeliveryTerms c10, State c2, \
    CountyZip c5, City c30, TimeStamp v";

const POR_MASTER_DETAIL: &str = "PurchaseOrder c20, Line n4, LineType c1, MStockCode c30, MStockDes c50, \
    MWarehouse c10, MOrderQty n18.6, MReceivedQty n18.6, MOrderUom c10, MLatestDueDate d, MNonsUnitMass n18.6, \
    MNonsUnitVol n18.6, MPrice n15.5, MSalesOrder c20, MSalesOrderLine n4, NComment c100, NMscChargeValue n14.2, \
    MCompleteFlag c1, TimeStamp v";

const AP_SUPPLIER: &str = "Supplier c15, SupplierName c50, Telephone c20, Email c255, Contact c50, Currency c3, \
    TermsCode c2, Nationality c3, TimeStamp v";

/// The table is known, its columns are *assumed* after the fields of PORQRY.
const AP_SUPPLIER_ADDR: &str = "Supplier c15, SupAddr1 c40, SupAddr2 c40, SupAddr3 c40, SupAddr3Loc c40, \
    SupAddr4 c40, SupAddr5 c40, SupPostalCode c10, State c2, City c30, TimeStamp v";

/// The order's header as it was invoiced. Key and ship-to columns are known, which of the other
/// columns of an order it has is *assumed*.
const SOR_MASTER_REP: &str = "InvoiceNumber c20, SalesOrder c20, TrnYear n4, TrnMonth n2, Register n10, \
    SummaryLine n10, Customer c15, CustomerName c50, CustomerPoNumber c30, DocumentType c1, InterWhSale c1, \
    Branch c10, Warehouse c10, Email c255, Currency c3, ShippingInstrs c50, ShippingInstrsCod c6, \
    ShipAddr1 c40, ShipAddr2 c40, ShipAddr3 c40, ShipAddr3Loc c40, ShipAddr4 c40, ShipAddr5 c40, PostalCode c10, \
    State c2, CountyZip c5, Nationality c3, MultiShipCode c5, TimeStamp v";

const AR_TRN_SUMMARY: &str = "TrnYear n4, TrnMonth n2, Register n10, Invoice c20, SummaryLine n10, InvoiceDate d, \
    Customer c15, SalesOrder c20, MerchandiseValue n14.2, FreightValue n14.2, OtherValue n14.2, TaxValue n14.2, \
    DocumentType c1, LastPrintedDel c20, CustomerPoNumber c30, Branch c10, TimeStamp v";

const AR_TRN_DETAIL: &str = "TrnYear n4, TrnMonth n2, Register n10, Invoice c20, SummaryLine n10, DetailLine n10, \
    StockCode c30, Warehouse c10, QtyInvoiced n18.6, Mass n18.6, Volume n18.6, NetSalesValue n14.2, LineType c1, \
    SalesOrder c20, SalesOrderLine n4, CustomerPoNumber c30, TimeStamp v";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invoices_and_purchase_orders_have_no_post_date() {
        let tables = tables();
        for table in ["ArInvoice", "PorMasterHdr"] {
            assert!(tables.table(table).is_some_and(|it| it.position("PostDate").is_none()), "{table}");
        }
    }

    #[test]
    fn columns_carry_their_lengths() {
        let tables = tables();
        let orders = tables.table("sormaster").expect("orders");
        assert_eq!(orders.columns[0], Column { name: "SalesOrder".into(), kind: Kind::Text(20) });
        let mass = &tables.table("InvMaster").expect("stock").columns[8];
        assert_eq!(mass.kind, Kind::Number { precision: 18, scale: 6 });
    }
}

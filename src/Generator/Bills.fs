namespace WeChatPay.Generator

/// A column of a bill's rows, or one of its totals.
type BillField =
    {
        /// The name in `api/`.
        Name: string
        /// The heading as the platform writes it.
        Heading: string
        /// Other headings that were seen in its place.
        Also: string list
        /// `text`, `time`, `yuan`, `yuan5`, `percent`, `count`.
        Type: string
        Summary: string
        /// It is about a person, or may hold anything: never printed.
        IsPersonal: bool
        /// Its cells may hold the separator.
        IsFree: bool
        /// What stands in a cell that has nothing to say; the empty text where it is not said.
        Absent: string
        /// The columns of which it is the sum: the first that a file has. Of a total only.
        Adds: string list
        /// It is the number of rows. Of a total only.
        CountsRows: bool
        /// The column and the text of the rows that count. Of a total only.
        Where: (string * string) option
    }

/// A kind of bill.
type BillForm =
    {
        Name: string
        Summary: string
        /// The call that leads to it, and what is asked there.
        Operation: string
        When: (string * string) list
        /// The typed row, by its name in `api/`.
        Row: string
        Sources: string
        HasAny: string list
        Lacks: string list
        Needs: string list
        Filled: string list
        Columns: string list
        Totals: string list
    }

/// What is in bill files.
type Bills =
    {
        Columns: BillField list
        Totals: BillField list
        Forms: BillForm list
        /// Calls whose bills' columns nobody has described, with what they are about.
        Undescribed: (string * string) list
    }

namespace WeChatPay.Simulator

/// How much the answers have that the simulator makes from the description; those it keeps a ledger for are always the same.
type Fullness =
    /// What the platform usually has: nothing that tells of trouble.
    | Usual = 0
    /// Only what an answer must have, and what it is compared with the question by.
    | Minimal = 1
    /// Every field, an element in every list, a field that nobody has described, and a text that its enumeration lacks.
    | Maximal = 2

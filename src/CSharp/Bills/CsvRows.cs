using System.Text;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>The rows of a CSV file as RFC 4180 has it, one at a time, in bounded memory.</summary>
internal sealed class CsvRows(TextReader reader)
{
    private const int RowLimit = 1_048_576;

    private readonly char[] _buffer = new char[65536];
    private readonly StringBuilder _cell = new();
    private int _at;
    private int _length;
    private int _rowLength;
    private bool _isQuoted;
    private bool _wasQuoted;
    private bool _isEnded;

    /// <summary>The row's cells; the list is used again for the next.</summary>
    public List<string> Cells { get; } = [];

    /// <summary>Why the row cannot be read.</summary>
    public LedgerFault? Fault { get; private set; }

    /// <summary>Reads the next row that is not empty; false at the end, and at a fault.</summary>
    public async ValueTask<bool> TryReadAsync(CancellationToken cancellationToken)
    {
        Begin();
        while (!_isEnded)
        {
            if (_at == _length)
            {
                _at = 0;
                _length = await reader.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
                _isEnded = _length == 0;
            }

            if (Scan() && Fault is null)
            {
                if (Cells.Count > 1 || Cells[0].Length > 0)
                {
                    return true;
                }

                Begin();
            }

            if (Fault is not null)
            {
                return false;
            }
        }

        return false;
    }

    private void Begin()
    {
        Cells.Clear();
        _rowLength = 0;
    }

    /// <summary>Takes what is in the buffer; true at the end of a row.</summary>
    private bool Scan()
    {
        if (_isEnded)
        {
            return EndOfFile();
        }

        while (_at < _length)
        {
            var letter = _buffer[_at++];
            if (++_rowLength > RowLimit)
            {
                Fault = LedgerFault.RowTooLong;
                return false;
            }

            if (Take(letter))
            {
                return true;
            }

            if (Fault is not null)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Takes a character; true where it ends the row.</summary>
    private bool Take(char letter)
    {
        switch (letter)
        {
            case '"' when _isQuoted:
                _isQuoted = false;
                _wasQuoted = true;
                return false;
            case '"' when _wasQuoted:
                // Two of them within quotation marks are one.
                _cell.Append('"');
                _isQuoted = true;
                _wasQuoted = false;
                return false;
            case '"' when _cell.Length == 0:
                _isQuoted = true;
                return false;
            case '"':
                Fault = LedgerFault.BadQuotes;
                return false;
            case ',' when !_isQuoted:
                EndCell();
                return false;
            case '\n' when !_isQuoted:
                EndCell();
                return true;
            case '\r' when !_isQuoted:
                return false;
            default:
                if (_wasQuoted)
                {
                    Fault = LedgerFault.BadQuotes;
                    return false;
                }

                _cell.Append(letter);
                return false;
        }
    }

    private void EndCell()
    {
        Cells.Add(_cell.ToString());
        _cell.Clear();
        _wasQuoted = false;
    }

    private bool EndOfFile()
    {
        if (_isQuoted)
        {
            Fault = LedgerFault.BadQuotes;
            return false;
        }

        if (_rowLength == 0)
        {
            return false;
        }

        EndCell();
        return true;
    }
}

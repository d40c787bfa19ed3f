using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace WeChatPay.Tool;

/// <summary>What a database refuses, in one line.</summary>
internal static class Databases
{
    public static string Code(DbException failure) => failure is NpgsqlException and not PostgresException ? "unreachable" : "database_error";

    public static string Words(DbException failure) => failure switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED } => "The file is locked by another program: try again.",
        SqliteException => "SQLite says: " + OneLine(failure.Message),
        PostgresException => "PostgreSQL says: " + OneLine(failure.Message),
        _ => "The server cannot be reached: " + OneLine(failure.InnerException?.Message ?? failure.Message),
    };

    /// <summary>A connection string that cannot be read; the message names the keyword, never the string.</summary>
    public static UsageException Unreadable(ArgumentException problem) => new("the connection string cannot be read: " + OneLine(problem.Message));

    /// <summary>A file that must be there.</summary>
    public static string Existing(string file) => File.Exists(file) ? file : throw new UsageException("the file " + file + " does not exist.");

    /// <summary>A database's words without their line ends.</summary>
    public static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}

namespace WeChatPay.Shell

open System
open System.IO

/// Files that appear whole or not at all, for this account alone.
[<RequireQualifiedAccess>]
module internal PrivateFile =
    /// Makes a folder that this account alone may open, where it is missing.
    let createFolder (folder: string) =
        if not (Directory.Exists folder) then
            if OperatingSystem.IsWindows() then
                Directory.CreateDirectory folder |> ignore
            else
                Directory.CreateDirectory(
                    folder,
                    UnixFileMode.UserRead ||| UnixFileMode.UserWrite ||| UnixFileMode.UserExecute
                )
                |> ignore

    /// Makes the folder of a file, where it is missing.
    let createFolderOf (path: string) =
        match Path.GetDirectoryName path with
        | null
        | "" -> ()
        | folder -> createFolder folder

    /// A name beside a file that nothing has yet, and that nobody takes for the file.
    let temporaryBeside (path: string) =
        path + "." + Path.GetRandomFileName() + ".tmp"

    /// How a new file is opened that this account alone may read.
    let newOne () =
        let options =
            FileStreamOptions(Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None)

        if not (OperatingSystem.IsWindows()) then
            options.UnixCreateMode <- Nullable(UnixFileMode.UserRead ||| UnixFileMode.UserWrite)

        options

    /// Removes a file, where it is there and can be removed.
    let remove (path: string) =
        try
            File.Delete path
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

using System.Security.Cryptography;
using Clawdbot.Gateway.Edge.Responses;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>
/// Makes the files of bodies for which memory has no room. A file loses its name as soon as it is open, so that none is left behind however
/// this process ends. Thread-safe.
/// </summary>
internal sealed partial class Spool(IOptions<EdgeOptions> options, ILogger<Spool> log)
{
    private const int DiskFull = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    private readonly string _folder = Folder(options.Value);
    private int _troubled;

    /// <summary>Bytes in all files.</summary>
    public ByteAllowance Bytes { get; } = new(options.Value.MaxSpooledBytes);

    /// <summary>The folder for these options. The default is not the one for temporary files, often in memory.</summary>
    public static string Folder(EdgeOptions options) =>
        options.SpoolDirectory.Length > 0 ? options.SpoolDirectory : Directory.Exists("/var/tmp") ? "/var/tmp" : Path.GetTempPath();

    /// <summary>Creates a file that no other process can open.</summary>
    public static FileStream Open(string folder)
    {
        var path = Path.Combine(folder, $"clawdbot-body-{RandomNumberGenerator.GetHexString(24)}");
        var file = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None,
        };
        if (!OperatingSystem.IsWindows())
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path, file);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return stream;
    }

    /// <summary>Runs an action on the disk, and turns its failure into an error of the API.</summary>
    /// <exception cref="ApiException">The disk is full, or can't be written to.</exception>
    public async ValueTask<T> TryAsync<T>(Func<string, ValueTask<T>> onDisk)
    {
        try
        {
            var result = await onDisk(_folder);
            Volatile.Write(ref _troubled, 0);
            return result;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (Interlocked.Exchange(ref _troubled, 1) == 0)
                CannotSpool(log, _folder, fault.Message);
            throw new ApiException(fault.HResult is DiskFull or QuotaExceeded or WindowsDiskFull
                ? new ApiError(507, "spool_full", "The gateway's disk for large request bodies is full. Send a smaller or more strongly "
                    + "compressed picture, or try again; whoever runs the gateway frees space in Edge:SpoolDirectory or names another one.")
                    { RetryAfter = 10 }
                : new ApiError(507, "spool_failed", "The gateway can't write large request bodies to its disk; its log says why. Send a "
                    + "smaller or more strongly compressed picture, or try again; whoever runs the gateway looks at Edge:SpoolDirectory.")
                    { RetryAfter = 10 });
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request bodies for which memory has no room can't be kept in {Folder} and are "
        + "refused: {Why}. The others are served. Said once until it works again")]
    private static partial void CannotSpool(ILogger logger, string folder, string why);
}

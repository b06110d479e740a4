using System.Globalization;

namespace Clawdbot.Gateway.Ledger;

/// <summary>The ledger's files: the newest one and those before it, of which <c>.1</c> is the youngest. Not thread-safe.</summary>
internal sealed class LedgerFile(LedgerOptions options) : IDisposable
{
    private readonly long _most = (long)options.FileMebibytes << 20;
    private FileStream? _file;

    /// <summary>Appends whole lines, and begins a new file first if they would exceed the size of one.</summary>
    public void Append(ReadOnlySpan<byte> lines)
    {
        try
        {
            _file ??= Open(options.Path);
            if (_file.Length > 0 && _file.Length + lines.Length > _most)
                Turn();
            _file.Write(lines);
            _file.Flush();
        }
        catch
        {
            Dispose(); // it is opened again the next time
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    /// <summary>Opens a file to append to, readable for its owner and its group.</summary>
    public static FileStream Open(string path)
    {
        var how = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        return new FileStream(path, how);
    }

    private void Turn()
    {
        Dispose();
        for (var i = options.Files - 1; i >= 1; i--)
        {
            if (File.Exists(Name(i - 1)))
                File.Move(Name(i - 1), Name(i), overwrite: true);
        }
        if (options.Files == 1)
            File.Delete(options.Path);
        _file = Open(options.Path);
    }

    private string Name(int age) => age == 0 ? options.Path : string.Create(CultureInfo.InvariantCulture, $"{options.Path}.{age}");
}

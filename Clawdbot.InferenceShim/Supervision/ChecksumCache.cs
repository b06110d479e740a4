using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Keeps checksums once computed, so that 60 GB are not read again at each restart. A file with the same path, size and time of change is
/// taken for the same file.
/// </summary>
internal sealed partial class ChecksumCache
{
    private readonly string? _file;
    private readonly ILogger<ChecksumCache> _log;
    private readonly Dictionary<string, string> _sums;

    public ChecksumCache(IOptions<ParentOptions> options, ILogger<ChecksumCache> log)
    {
        (_file, _log) = (options.Value.ChecksumCacheFile ?? InCacheFolder(), log);
        _sums = Load();
    }

    /// <summary>The checksum of a file; null when the file has changed, or was never read.</summary>
    public string? Find(FileInfo file) => _sums.GetValueOrDefault(Key(file));

    /// <summary>Remembers the checksum of a file.</summary>
    public void Keep(FileInfo file, string sum)
    {
        _sums[Key(file)] = sum;
        if (_file is null)
            return;
        try
        {
            File.WriteAllText($"{_file}.new", JsonSerializer.Serialize(_sums));
            File.Move($"{_file}.new", _file, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            NotKept(_log, _file, fault.Message); // it is computed again next time
        }
    }

    /// <summary>The file in the folder that systemd gives a unit with a cache; null where there is none.</summary>
    private static string? InCacheFolder() =>
        Environment.GetEnvironmentVariable("CACHE_DIRECTORY") is { Length: > 0 } folders
            ? Path.Combine(folders.Split(':')[0], "checksums.json")
            : null;

    private static string Key(FileInfo file) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}");

    private Dictionary<string, string> Load()
    {
        try
        {
            return _file is not null && File.Exists(_file)
                ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(_file)) ?? []
                : [];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Checksums can't be kept in {File}: {Why}")]
    private static partial void NotKept(ILogger logger, string file, string why);
}

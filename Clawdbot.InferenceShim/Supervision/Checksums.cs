using System.Globalization;
using System.Security.Cryptography;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Compares files with the checksums that were given with them, as <c>sha256sum</c> writes them.</summary>
internal sealed class Checksums(ChecksumCache cache, TimeProvider time)
{
    private const string BesideTheModel = "SHA256SUMS";
    private const int BufferBytes = 1 << 20;
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(1);

    /// <summary>Says what is wrong; null when all checksums are right, or none were given.</summary>
    /// <param name="model">The model's folder, or its file.</param>
    /// <param name="list">The file of checksums; null: <c>SHA256SUMS</c> beside the model, if it is there.</param>
    /// <param name="progress">Is told in words how far it is.</param>
    /// <param name="cancellation">Cancels the check.</param>
    public async Task<string?> ProblemAsync(string model, string? list, Action<string> progress, CancellationToken cancellation)
    {
        var folder = Directory.Exists(model) ? model : Path.GetDirectoryName(Path.GetFullPath(model))!;
        if (list is not null && !File.Exists(list))
            return $"the checksums {list} are missing: correct Engine:ModelChecksums, or leave it out";
        list ??= Path.Combine(folder, BesideTheModel);
        if (!File.Exists(list))
            return null;
        var given = Read(list);
        if (given is null or { Count: 0 })
            return $"the checksums {list} are not as sha256sum writes them: write them again";
        foreach (var (name, _) in given)
        {
            if (!File.Exists(Path.Combine(folder, name)))
                return $"model file {Path.Combine(folder, name)} is missing, and {list} names it: copy it there";
        }
        return await HoldAsync(folder, given, progress, cancellation);
    }

    private async Task<string?> HoldAsync(
        string folder, List<(string Name, string Sum)> given, Action<string> progress, CancellationToken cancellation)
    {
        var files = given.Select(g => (File: Real(Path.Combine(folder, g.Name)), g.Sum)).ToList();
        var (all, done) = (files.Sum(f => f.File.Length), 0L);
        foreach (var (file, wanted) in files)
        {
            if (cache.Find(file) is not { } sum)
            {
                sum = await HashAsync(file.FullName, read => progress(string.Create(CultureInfo.InvariantCulture,
                    $"checking the model's files: {(done + read) / 1e9:0.0} of {all / 1e9:0.0} GB, {file.Name}")), cancellation);
                cache.Keep(file, sum);
            }
            if (!sum.Equals(wanted, StringComparison.OrdinalIgnoreCase))
                return $"model file {file.FullName} has another checksum than was given (damaged, or of another version): copy it again";
            done += file.Length;
        }
        return null;
    }

    private async Task<string> HashAsync(string path, Action<long> progress, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
        var (buffer, read, told) = (new byte[BufferBytes], 0L, time.GetTimestamp());
        progress(0);
        while (await file.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            read += count;
            if (time.GetElapsedTime(told) < Telling)
                continue;
            told = time.GetTimestamp();
            progress(read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The file that a link leads to, or the file itself: downloads often lie in a folder of links.</summary>
    private static FileInfo Real(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);

    /// <summary>Reads lines <c>SUM  NAME</c> or <c>SUM *NAME</c>; null when one is different.</summary>
    private static List<(string Name, string Sum)>? Read(string list)
    {
        var given = new List<(string, string)>();
        foreach (var line in File.ReadLines(list).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line.Length < 67 || line[64] != ' ' || line[65] is not (' ' or '*') || !line.Take(64).All(char.IsAsciiHexDigit))
                return null;
            given.Add((line[66..], line[..64]));
        }
        return given;
    }
}

using System.Security.Cryptography;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Supervision;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Supervision;

public sealed class ModelFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-model-");
    private readonly List<string> _progress = [];
    private readonly EngineOptions _engine = new();
    private readonly ParentOptions _parent = new();

    public ModelFilesTests()
    {
        SomeModel.Write(_folder.FullName);
        _engine.ModelPath = _folder.FullName;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_whole_model_has_no_problem() => Assert.Null(await ProblemAsync());

    [Fact]
    public async Task Without_a_path_nothing_is_looked_at()
    {
        _engine.ModelPath = null;
        Assert.Null(await ProblemAsync());
    }

    [Theory]
    [InlineData("config.json", "is missing")]
    [InlineData("tokenizer.json", "has no tokenizer")]
    [InlineData(SomeModel.Second, "is missing")]
    [InlineData(SomeModel.Index, "is missing: it says which of the shards")]
    public async Task A_file_that_is_missing_is_named(string name, string problem)
    {
        File.Delete(At(name));
        Assert.Contains(problem, await ProblemAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "{\"a\":")]
    [InlineData(SomeModel.Index, "[]")]
    [InlineData(SomeModel.Index, "{\"weight_map\":7}")]
    [InlineData(SomeModel.First, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")]
    [InlineData(SomeModel.First, "")]
    [InlineData(SomeModel.First, "\u0003\0\0\0\0\0\0\0abcdefghijklmnopqrstuvwxyz")]
    public async Task A_file_that_is_wrong_is_named(string name, string content)
    {
        File.WriteAllText(At(name), content);
        Assert.Contains(name, await ProblemAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, "still being copied, or cut")]
    [InlineData(1, "not what its head says")]
    public async Task A_shard_of_the_wrong_length_is_named(int more, string problem)
    {
        var bytes = SomeModel.Safetensors("b", 32);
        Array.Resize(ref bytes, bytes.Length + more);
        File.WriteAllBytes(At(SomeModel.Second), bytes);
        Assert.Contains(problem, await ProblemAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shards_of_another_version_than_the_index_are_seen()
    {
        File.WriteAllBytes(At(SomeModel.Second), SomeModel.Safetensors("other", 32));
        Assert.Contains("has no tensor b", await ProblemAsync(), StringComparison.Ordinal);

        File.WriteAllBytes(At(SomeModel.Second), SomeModel.Safetensors("b", 31));
        Assert.Contains("the index tells of 96", await ProblemAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_in_one_file_needs_no_index()
    {
        foreach (var name in (string[])[SomeModel.First, SomeModel.Second, SomeModel.Index])
            File.Delete(At(name));
        Assert.Contains("has no weights", await ProblemAsync(), StringComparison.Ordinal);

        File.WriteAllBytes(At("model.safetensors"), SomeModel.Safetensors("a", 8));
        Assert.Null(await ProblemAsync());
    }

    [Fact]
    public async Task A_GGUF_file_is_known_by_its_head()
    {
        _engine.ModelPath = At("model.gguf");
        File.WriteAllBytes(_engine.ModelPath, SomeModel.Gguf());
        Assert.Null(await ProblemAsync());

        foreach (var wrong in (byte[][])[SomeModel.Gguf(version: 1), SomeModel.Gguf(tensors: 0), SomeModel.Gguf(bytes: 40), new byte[4096]])
        {
            File.WriteAllBytes(_engine.ModelPath, wrong);
            Assert.Contains(_engine.ModelPath, await ProblemAsync(), StringComparison.Ordinal);
        }
        _engine.ModelPath = At("absent.gguf");
        Assert.Contains("is missing", await ProblemAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checksums_are_held_and_not_computed_twice()
    {
        WriteSums();
        Assert.Null(await ProblemAsync());
        Assert.NotEmpty(_progress);

        _progress.Clear();
        Damage(SomeModel.First); // as long as before, as old as before: what it is remembered by
        Assert.Null(await ProblemAsync());
        Assert.Empty(_progress);
    }

    [Fact]
    public async Task A_damaged_file_is_named()
    {
        WriteSums();
        Damage(SomeModel.First);
        Assert.Contains($"{SomeModel.First} has another checksum", await ProblemAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sums_computed_once_are_known_to_the_next_shim()
    {
        _parent.ChecksumCacheFile = At("cache.json");
        WriteSums();
        Assert.Null(await ProblemAsync());
        _files = null;
        _progress.Clear();
        Assert.Null(await ProblemAsync());
        Assert.Empty(_progress);
    }

    [Theory]
    [InlineData("nonsense\n", "are not as sha256sum writes them")]
    [InlineData("", "are not as sha256sum writes them")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000  absent\n", "absent is missing")]
    public async Task Checksums_that_say_nothing_are_a_problem_too(string sums, string problem)
    {
        File.WriteAllText(At("SHA256SUMS"), sums);
        Assert.Contains(problem, await ProblemAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checksums_that_are_asked_for_must_be_there()
    {
        _engine.ModelChecksums = At("sums");
        Assert.Contains("are missing", await ProblemAsync(), StringComparison.Ordinal);
    }

    private ModelFiles? _files;

    private Task<string?> ProblemAsync()
    {
        _files ??= new ModelFiles(Options.Create(_engine),
            new Checksums(new ChecksumCache(Options.Create(_parent), NullLogger<ChecksumCache>.Instance), TimeProvider.System));
        return _files.ProblemAsync(_progress.Add, CancellationToken.None);
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private void WriteSums() => File.WriteAllLines(At("SHA256SUMS"), new[] { SomeModel.First, SomeModel.Second }
        .Select(name => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(At(name))))} *{name}"));

    private void Damage(string name)
    {
        var (bytes, age) = (File.ReadAllBytes(At(name)), File.GetLastWriteTimeUtc(At(name)));
        bytes[^1]++;
        File.WriteAllBytes(At(name), bytes);
        File.SetLastWriteTimeUtc(At(name), age);
    }
}

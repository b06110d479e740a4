using System.Collections.Concurrent;
using System.Threading.Channels;
using Clawdbot.Gateway.Discovery;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Discovery;

/// <summary>What a gateway makes of a file that lists replicas, while somebody writes it.</summary>
public sealed class FileReplicasTests : IDisposable
{
    private const string One = """{"replica-0":"http://localhost:8010"}""";
    private const string Two = """{"replica-0":"http://localhost:8010","replica-1":"https://[::1]:8011/"}""";

    private static readonly (string, string)[] First = [("replica-0", "http://localhost:8010/")];
    private static readonly (string, string)[] Both = [.. First, ("replica-1", "https://[::1]:8011/")];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-replicas-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "replicas.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Replicas_come_move_and_go_as_the_file_says()
    {
        Write(One);
        await using var source = new Source(Path);
        Assert.Equal(First, await source.NextAsync());
        Write(Two);
        Assert.Equal(Both, await source.NextAsync());
        Write(Two.Replace("8010", "8019", StringComparison.Ordinal)); // no longer than before, and maybe within the same tick of the clock
        Assert.Equal([("replica-0", "http://localhost:8019/"), Both[1]], await source.NextAsync());
        Write("\uFEFF" + One); // as some editors write it
        Assert.Equal(First, await source.NextAsync());
        Write("{}");
        Assert.Empty(await source.NextAsync());
        Assert.Empty(source.Problems);
    }

    [Fact]
    public async Task A_file_that_is_not_there_yet_is_asked_for_and_one_that_is_gone_takes_nobody_away()
    {
        await using var source = new Source(Path);
        Assert.Contains("There is no such file; write {\"replica-0\":\"http://10.0.0.7:8000\"}", await source.ProblemAsync(1),
            StringComparison.Ordinal);
        Write(One);
        Assert.Equal(First, await source.NextAsync());

        File.Delete(Path);
        Assert.Contains("the last known list stays", await source.ProblemAsync(2), StringComparison.Ordinal);
        Write(One); // as it was: there is nothing to say
        await source.PassAsync();
        Write(Two);
        Assert.Equal(Both, await source.NextAsync());
        Assert.Equal(2, source.Problems.Count);
    }

    [Fact]
    public async Task A_file_that_is_written_in_place_is_followed_once_it_is_whole()
    {
        Write(One);
        await using var source = new Source(Path);
        Assert.Equal(First, await source.NextAsync());
        File.WriteAllText(Path, Two);
        Assert.Equal(Both, await source.NextAsync());
    }

    [Theory]
    [InlineData("", "It is not JSON, or names a replica twice (line 1, byte 1)")]
    [InlineData("""{"replica-0":"http://localhost:80""", "It is not JSON, or names a replica twice")]
    [InlineData("""{"replica-0":"http://localhost:8010","replica-0":"http://localhost:8011"}""",
        "It is not JSON, or names a replica twice")]
    [InlineData("""["http://localhost:8010"]""", "It is not an object of name and address")]
    [InlineData("""{"replica-0":"localhost:8010"}""", "What it has for replica-0 is not an address such as http://10.0.0.7:8000.")]
    [InlineData("""{"replica-0":"/tmp/replica"}""", "What it has for replica-0 is not an address")]
    [InlineData("""{"replica-0":8010}""", "What it has for replica-0 is not an address")]
    [InlineData("""{"":"http://localhost:8010"}""", "A name in it is not 1 to 64 letters")]
    [InlineData("""{"a\nb":"http://localhost:8010"}""", "A name in it is not 1 to 64 letters")]
    [InlineData("a long name", "A name in it is not 1 to 64 letters")]
    [InlineData("many replicas", "It lists 1001 replicas; at most 1000 are followed.")]
    [InlineData("many bytes", "It is larger than 1 MiB.")]
    public async Task What_is_wrong_is_said_once_and_changes_nothing(string text, string problem)
    {
        Write(One);
        await using var source = new Source(Path);
        Assert.Equal(First, await source.NextAsync());
        Write(text switch
        {
            "a long name" => $"{{\"{new string('a', 65)}\":\"http://localhost:8010\"}}",
            "many replicas" => $"{{{string.Join(',', Enumerable.Range(0, 1001).Select(i => $"\"r{i}\":\"http://localhost:{i}\""))}}}",
            "many bytes" => One + new string(' ', 1024 * 1024),
            _ => text,
        });
        Assert.Contains(problem, await source.ProblemAsync(1), StringComparison.Ordinal);
        await source.PassAsync();
        Write(Two);
        Assert.Equal(Both, await source.NextAsync()); // the very next list
        Assert.Single(source.Problems);
    }

    [Fact]
    public async Task The_largest_file_that_is_allowed_is_followed()
    {
        var lines = Enumerable.Range(0, 1000).Select(i => $"\"{i.ToString("d64", null)}\":\"http://localhost:{i}\"");
        Write($"{{{string.Join(',', lines)}}}".PadRight(1024 * 1024));
        await using var source = new Source(Path);
        Assert.Equal(1000, (await source.NextAsync()).Count);
    }

    [Fact]
    public async Task A_gateway_serves_by_a_replica_that_comes_and_forgets_one_that_goes()
    {
        await using var shim = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=0");
        Write("{}");
        // In Development it starts replicas of its own, unless something else says where they are.
        await using var gateway = await GatewayProcess.StartAsync("--environment=Development", $"--Discovery:File={Path}",
            $"--Fleet:Secret={ShimHost.Secret}");
        Assert.Empty((await gateway.Fleet.NowAsync()).Replicas);

        Write($"{{\"replica-0\":\"{shim.Address}\"}}");
        await gateway.Fleet.UntilAsync(f => f.Replicas is [{ Id: "replica-0", State: "Healthy" }]);
        Assert.True((await gateway.Chat.AskAsync("hello", stream: false)).Whole);

        Write("{}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 0);
    }

    [Fact]
    public async Task What_a_replica_answers_when_it_leaves_the_file_moves_to_another()
    {
        await using var first = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=20");
        await using var second = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=20");
        var lines = new Dictionary<string, string>
        {
            ["replica-0"] = $"\"replica-0\":\"{first.Address}\"",
            ["replica-1"] = $"\"replica-1\":\"{second.Address}\"",
        };
        Write($"{{{string.Join(',', lines.Values)}}}");
        await using var gateway = await GatewayProcess.StartAsync($"--Discovery:File={Path}", $"--Fleet:Secret={ShimHost.Secret}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
        var undisturbed = await gateway.Chat.AskAsync("hello", stream: true);

        var asking = gateway.Chat.AskAsync("hello", stream: true);
        var answering = (await gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.Answering > 0))).Replicas.First(r => r.Answering > 0);
        Write($"{{{lines.Single(line => line.Key != answering.Id).Value}}}");
        var moved = await asking;

        Assert.Equal((true, undisturbed.Content), (moved.Whole, moved.Content));
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 1);
    }

    [Fact]
    public async Task A_gateway_with_such_a_file_wants_the_secret_of_its_fleet()
    {
        await using var program = RunningProgram.Begin(Repository.Program("Clawdbot.Gateway"),
            ["--urls=http://127.0.0.1:0", "--Edge:InternalUrl=", $"--Discovery:File={Path}"]);
        await program.Exited.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("No fleet secret. Set Fleet:SecretFile", program.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("No replica source", program.Output, StringComparison.Ordinal);
    }

    /// <summary>As it should be written: another file is renamed to it, so that nobody reads half of it.</summary>
    private void Write(string text)
    {
        File.WriteAllText(Path + ".new", text);
        File.Move(Path + ".new", Path, overwrite: true);
    }

    /// <summary>The source at work, what it publishes and what it complains of. Its time passes while somebody waits for either.</summary>
    private sealed class Source : ILogger<FileReplicas>, IAsyncDisposable
    {
        private readonly ManualTimeProvider _time = new();
        private readonly CancellationTokenSource _end = new();
        private readonly Channel<IReadOnlyList<(string Id, string Address)>> _lists =
            Channel.CreateUnbounded<IReadOnlyList<(string Id, string Address)>>();
        private readonly Task _watching;

        public Source(string path) =>
            _watching = new FileReplicas(Options.Create(new DiscoveryOptions { File = path }), _time, this).WatchAsync(
            list => _lists.Writer.TryWrite([.. list.Select(e => (e.Id, e.Address!.ToString()))]), _end.Token);

        public ConcurrentQueue<string> Problems { get; } = [];

        public async Task<IReadOnlyList<(string Id, string Address)>> NextAsync()
        {
            IReadOnlyList<(string Id, string Address)>? next = null;
            await Poll.UntilAsync(() => _lists.Reader.TryRead(out next) || !Passes());
            return next!;
        }

        public async Task<string> ProblemAsync(int count)
        {
            await Poll.UntilAsync(() => Problems.Count == count || !Passes());
            return Problems.Last();
        }

        /// <summary>A few seconds, in each of which it looks.</summary>
        public async Task PassAsync()
        {
            var rest = 5;
            await Poll.UntilAsync(() => rest-- == 0 || !Passes());
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Problems.Enqueue(formatter(state, exception));

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _end.Dispose();
        }

        private bool Passes()
        {
            Assert.False(_watching.IsCompleted, "It watches no more.");
            _time.Advance(TimeSpan.FromSeconds(1));
            return true;
        }
    }
}

using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Edge.Bodies;

/// <summary>Bodies for which memory has no room.</summary>
public sealed class SpoolTests : IDisposable
{
    private const int Large = 300_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-spool-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(65_536, 131_072, false)]
    [InlineData(65_537, 131_072, true)]
    [InlineData(Large, 131_072, true)]
    [InlineData(Large, 524_287, true)]
    [InlineData(327_680, 524_288, false)]
    public async Task A_body_for_which_memory_has_no_room_lies_in_a_file_that_nobody_can_find(int size, int held, bool inFile)
    {
        var reader = Reader(held);
        var sent = SomeBody.Bytes(size);
        using (var body = await reader.ReadAsync(sent))
        {
            Assert.True(body.Bytes.Span.SequenceEqual(sent));
            Assert.Equal(inFile ? (0, size) : (size, 0), (reader.Held, reader.Spooled));
            Assert.Empty(_folder.GetFileSystemInfos());
            Assert.Equal(inFile, Open().Length > 0);
        }
        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
        Assert.Empty(Open());
    }

    [Fact]
    public async Task Memory_that_is_getting_short_is_left_to_those_who_come()
    {
        var reader = Reader(held: 300_000);
        var bodies = new List<RequestBody>();
        for (var i = 0; i < 50; i++)
            bodies.Add(await reader.ReadAsync(SomeBody.Bytes(50_000, seed: i)));

        Assert.InRange(reader.Held, 50_000, 225_000);
        Assert.Equal(50, bodies.Count);
        for (var i = 0; i < 50; i++)
            Assert.True(bodies[i].Bytes.Span.SequenceEqual(SomeBody.Bytes(50_000, seed: i)));
        bodies.ForEach(b => b.Dispose());
        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
    }

    [Theory]
    [InlineData(1000, 1 << 17)]
    [InlineData(Large, 1 << 17)]
    [InlineData(Large, 1 << 20)]
    public async Task Whoever_is_still_sending_a_body_keeps_it(int size, int held)
    {
        var reader = Reader(held);
        var sent = SomeBody.Bytes(size);
        var body = await reader.ReadAsync(sent);
        var bytes = body.Bytes;
        var (first, second) = (bytes[10..].Pin(), bytes.Pin());

        body.Dispose();
        first.Dispose();
        Assert.True(bytes.Span.SequenceEqual(sent));
        Assert.NotEqual(0, reader.Held + reader.Spooled);
        second.Dispose();

        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
        Assert.Throws<ObjectDisposedException>(() => bytes.Pin());
        Assert.Throws<ObjectDisposedException>(() => bytes.Span.Length);
    }

    [Fact]
    public async Task When_all_files_together_are_too_large_the_next_body_is_told_to_come_again()
    {
        var reader = Reader(spooled: 500_000);
        var first = await reader.ReadAsync(SomeBody.Bytes(Large));
        var refusal = (await Assert.ThrowsAsync<ApiException>(() => reader.ReadAsync(SomeBody.Bytes(Large)))).Error;

        Assert.Equal((429, "bodies_exhausted"), (refusal.Status, refusal.Code));
        Assert.InRange(refusal.RetryAfter ?? 0, 1, 60);
        Assert.Equal((0, Large), (reader.Held, reader.Spooled));
        first.Dispose();
        using var next = await reader.ReadAsync(SomeBody.Bytes(Large));
        Assert.Equal(Large, reader.Spooled);
    }

    [Fact]
    public async Task A_full_disk_is_a_507_for_large_bodies_and_nothing_for_small_ones()
    {
        using var disk = new SmallDisk(megabytes: 1);
        var reader = SomeBody.Reader(cap: 4 << 20, held: 1 << 17, folder: disk.Folder);
        using var kept = await reader.ReadAsync(SomeBody.Bytes(Large));
        for (var i = 0; i < 10; i++)
        {
            var refusal = (await Assert.ThrowsAsync<ApiException>(() => reader.ReadAsync(SomeBody.Bytes(2 << 20)))).Error;
            Assert.Equal((507, "spool_full"), (refusal.Status, refusal.Code));
            Assert.Contains("Edge:SpoolDirectory", refusal.Message, StringComparison.Ordinal);
            Assert.Equal((0, Large), (reader.Held, reader.Spooled));
        }
        Assert.True(kept.Bytes.Span.SequenceEqual(SomeBody.Bytes(Large)));
        using (var small = await reader.ReadAsync(SomeBody.Bytes(60_000)))
            Assert.Equal(60_000, small.Bytes.Length);
        using var large = await reader.ReadAsync(SomeBody.Bytes(Large, seed: 8));
        Assert.True(large.Bytes.Span.SequenceEqual(SomeBody.Bytes(Large, seed: 8)));
    }

    [Fact]
    public async Task A_folder_that_is_gone_is_a_507_too()
    {
        var reader = SomeBody.Reader(held: 1 << 17, folder: Path.Combine(_folder.FullName, "gone"));
        var refusal = (await Assert.ThrowsAsync<ApiException>(() => reader.ReadAsync(SomeBody.Bytes(Large)))).Error;

        Assert.Equal((507, "spool_failed"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public void A_folder_that_can_not_be_written_to_is_said_at_the_start()
    {
        Assert.True(new SpoolRule().Validate(null, new EdgeOptions { SpoolDirectory = _folder.FullName }).Succeeded);
        var refused = new SpoolRule().Validate(null, new EdgeOptions { SpoolDirectory = "/proc/nothing" });
        Assert.Contains("Edge:SpoolDirectory", refused.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thousands_of_bodies_some_broken_off_leave_nothing_open()
    {
        var reader = Reader();
        for (var i = 0; i < 3000; i++)
        {
            if (i % 3 == 0)
            {
                var broken = new PiecewiseStream(SomeBody.Bytes(70_000), [70_000], new IOException());
                await Assert.ThrowsAsync<IOException>(() => reader.ReadAsync(broken, null));
            }
            else
            {
                (await reader.ReadAsync(SomeBody.Bytes(70_000))).Dispose();
            }
        }
        Assert.Empty(Open());
        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
    }

    private BodyReader Reader(long held = 1 << 17, long spooled = 1 << 30) =>
        SomeBody.Reader(held: held, spooled: spooled, folder: _folder.FullName);

    private string[] Open() => OpenFiles.Of(Environment.ProcessId, _folder.FullName);
}

using Clawdbot.Drill.Ledger;

namespace Clawdbot.Tests.Drill.Ledger;

public sealed class LedgerAuditTests : IDisposable
{
    private const double TokensPerSecond = 40; // 10 in the time between two words of a replica

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-audit-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void All_files_of_all_gateways_are_summed_by_the_lives_of_replicas()
    {
        File.WriteAllLines(Path.Combine(_folder.FullName, "1.jsonl"), [Line(12, ("a", 5, "estimated"), ("b", 12, "exact")), Line(3, ("a", 3, "exact"))]);
        File.WriteAllLines(Path.Combine(_folder.FullName, "1.jsonl.1"), [Line(7, ("b", 7, "exact")), "{\"at\":\"half a li"]);
        var book = LedgerBook.Read(_folder);

        Assert.Equal((3, 22, 27, 0), (book.Requests, book.Delivered, book.Generated, book.Short));
        Assert.Equal((new InstanceSum(8, 1), new InstanceSum(19, 0)), (book.Instances["a"], book.Instances["b"]));
    }

    [Theory]
    [InlineData(100, 0, true, 100, 0, true)] // lived, equal
    [InlineData(100, 0, true, 99, 0, false)]
    [InlineData(100, 0, true, 101, 0, false)]
    [InlineData(100, 0, true, 90, 2, true)] // two attempts could not be asked about
    [InlineData(100, 0, true, 101, 2, false)]
    [InlineData(100, 2, false, 80, 3, true)] // killed: what was seen
    [InlineData(100, 2, false, 122, 3, true)] // and what came after its last word
    [InlineData(100, 2, false, 123, 3, false)]
    public void A_life_is_equal_or_within_its_bounds(long told, int inFlight, bool lives, long ledger, int estimated, bool fits)
    {
        var book = new LedgerBook(1, 10, ledger, 0, new Dictionary<string, InstanceSum> { ["a"] = new(ledger, estimated) });
        var audit = LedgerAudit.Of(book, [new InstanceCount("a", "replica-0", told, inFlight, lives)], TokensPerSecond, requests: 1);

        Assert.Equal(fits, audit.Problems.Count == 0);
        Assert.Equal((told == ledger ? 1 : 0, fits && told != ledger ? 1 : 0), (audit.Equal, audit.Bounded));
    }

    [Fact]
    public void Requests_that_are_not_written_down_and_answers_that_cost_too_little_are_problems()
    {
        File.WriteAllLines(Path.Combine(_folder.FullName, "1.jsonl"), [Line(12, ("a", 5, "exact"))]);

        Assert.Equal(2, LedgerAudit.Of(LedgerBook.Read(_folder), [new InstanceCount("a", "replica-0", 5, 0, true)], TokensPerSecond, requests: 2).Problems.Count);
    }

    private static string Line(int delivered, params (string Instance, int Generated, string Count)[] attempts) =>
        $$"""{"id":"x","completion_tokens":{{delivered}},"idempotent":null,"cost":{"generated":{{attempts.Sum(a => a.Generated)}}},"attempts":[{{string.Join(',', attempts.Select(a => $$"""{"instance":"{{a.Instance}}","generated":{{a.Generated}},"count":"{{a.Count}}"}"""))}}]}""";
}

using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>
/// A part of a document, between two markers, that a test generates. With <c>CLAWDBOT_WRITE_TABLES=1</c> in its environment the test rewrites
/// the document, else it fails when the two differ.
/// </summary>
internal static class KeptTable
{
    private const string Write = "CLAWDBOT_WRITE_TABLES";

    /// <summary>Fails when the document says something else.</summary>
    /// <param name="document">Its path from the repository's root.</param>
    /// <param name="name">Of the markers.</param>
    /// <param name="table">As it is now.</param>
    public static void AssertKept(string document, string name, string table)
    {
        var path = Path.Combine(Repository.Root, document);
        var (text, from, to) = (File.ReadAllText(path), $"<!-- {name} -->\n", $"<!-- /{name} -->");
        var (begin, end) = (text.IndexOf(from, StringComparison.Ordinal) + from.Length, text.IndexOf(to, StringComparison.Ordinal));
        Assert.True(begin >= from.Length && end >= begin, $"{document} has no markers '{name}'.");
        if (Environment.GetEnvironmentVariable(Write) == "1")
            File.WriteAllText(path, text[..begin] + table + text[end..]);
        else
            Assert.True(text[begin..end] == table, $"{document} is out of date. See whether these changes are right, and run this test again with {Write}=1 "
                + $"in its environment: it rewrites the document.\n{Changes(text[begin..end], table)}");
    }

    private static string Changes(string kept, string table)
    {
        var (before, now) = (kept.Split('\n'), table.Split('\n'));
        return string.Join('\n', before.Except(now).Select(l => $"- {l}").Concat(now.Except(before).Select(l => $"+ {l}")));
    }
}

using System.Text;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>Rows as Markdown has them.</summary>
internal static class MarkdownTable
{
    public static string Of(IEnumerable<string> head, IEnumerable<IEnumerable<string>> rows)
    {
        var columns = head.ToList();
        var table = new StringBuilder();
        Row(table, columns);
        Row(table, columns.Select(_ => "---"));
        foreach (var row in rows)
            Row(table, row);
        return table.ToString();
    }

    private static void Row(StringBuilder table, IEnumerable<string> cells) => table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}

using System.Globalization;

namespace Clawdbot.Testing.Load;

/// <summary>Compares what a client saw with the known answers.</summary>
/// <param name="key">The known answers.</param>
internal sealed class Checker(ExpectedAnswers key)
{
    /// <summary>Codes of refusals: after signs of life they come in the answer, because its status is sent already.</summary>
    private static readonly string[] Refusals = ["saturated", "no_replica", "deadline_unreachable"];

    /// <summary>The verdict, and in words what was wrong.</summary>
    public (Verdict Verdict, string Detail) Judge(Question question, ObservedAnswer seen)
    {
        if (seen.Status is 429 or 503 && seen.RetryAfter is not null)
            return (Verdict.Refused, $"{seen.Status} {seen.ErrorCode}");
        if (seen is { Status: 200, Text: "", ErrorCode: { } code } && Refusals.Contains(code))
            return (Verdict.Refused, $"{code}, after signs of life");
        if (seen is { Status: 0, Break: ObservedAnswer.Silence })
            return (Verdict.Hung, seen.Break);
        if (seen.Status != 200)
            return (Verdict.Failed, $"status {seen.Status} {seen.ErrorCode} {seen.Break}".TrimEnd());
        var known = key[question];
        if (!seen.Whole || seen.ErrorCode is not null)
            return Broken(seen, known);
        if (seen.Text.Length == 0 || seen.Finish is null)
            return (Verdict.Altered, $"status 200, '{Excerpt(seen.Text, 0)}' and no finish reason: a success that is none");
        if (known is null)
            return (Verdict.Right, "");
        if (seen.Text != known.Text)
            return Difference(known.Text, seen.Text);
        return Frame(seen, known);
    }

    /// <summary>The verdict on an answer that broke: failed or hung, but wrong if the text until then was already wrong.</summary>
    private static (Verdict, string) Broken(ObservedAnswer seen, ObservedAnswer? known)
    {
        var detail = string.Create(CultureInfo.InvariantCulture,
            $"broke after {seen.Text.Length} characters: {seen.ErrorCode ?? seen.Break}");
        if (known is not null && !known.Text.StartsWith(seen.Text, StringComparison.Ordinal)
            && Difference(known.Text, seen.Text) is var (verdict, what))
            return (verdict, $"{what}; and {detail}");
        return (seen.Break == ObservedAnswer.Silence ? Verdict.Hung : Verdict.Failed, detail);
    }

    private static (Verdict, string) Frame(ObservedAnswer seen, ObservedAnswer known)
    {
        string? wrong = seen.Finish != known.Finish ? $"finish reason {seen.Finish} instead of {known.Finish}"
            : (seen.PromptTokens, seen.CompletionTokens) != (known.PromptTokens, known.CompletionTokens)
                ? $"usage {seen.PromptTokens} + {seen.CompletionTokens} instead of {known.PromptTokens} + {known.CompletionTokens}"
            : seen.RoleDeltas != known.RoleDeltas ? $"{seen.RoleDeltas} deltas with a role instead of {known.RoleDeltas}"
            : seen.Ids != 1 ? $"{seen.Ids} ids in one answer"
            : null;
        return wrong is null ? (Verdict.Right, "") : (Verdict.Misframed, wrong);
    }

    /// <summary>How a text differs from the known one, by what is between their common beginning and their common end.</summary>
    private static (Verdict, string) Difference(string known, string seen)
    {
        var head = known.AsSpan().CommonPrefixLength(seen);
        if (head == seen.Length)
        {
            return (Verdict.Truncated, string.Create(CultureInfo.InvariantCulture,
                $"ends as if complete after {head} of {known.Length} characters"));
        }
        var most = Math.Min(known.Length, seen.Length) - head;
        var tail = 0;
        while (tail < most && known[^(tail + 1)] == seen[^(tail + 1)])
            tail++;
        var (missing, added) = (known[head..^tail], seen[head..^tail]);
        var verdict = missing.Length == 0 && IsRepeated(known, added) ? Verdict.Duplicated
            : added.Length == 0 ? Verdict.Lost
            : IsPermutation(missing, added) ? Verdict.Reordered
            : Verdict.Altered;
        return (verdict, string.Create(CultureInfo.InvariantCulture,
            $"at character {head}: '{Excerpt(added, 0)}' instead of '{Excerpt(missing, 0)}' "
            + $"(after '{known[Math.Max(0, head - 16)..head]}')"));
    }

    /// <summary>
    /// Whether the added text occurs elsewhere in the answer. The common beginning may contain the first letters of the repetition, so that
    /// the added text is a rotation of what came twice; therefore all its rotations are tried.
    /// </summary>
    private static bool IsRepeated(string known, string added) =>
        known.Contains(added, StringComparison.Ordinal)
        || Enumerable.Range(1, added.Length - 1).Any(i => known.Contains(added[i..] + added[..i], StringComparison.Ordinal));

    private static bool IsPermutation(string one, string other) => one.Length == other.Length && one.Order().SequenceEqual(other.Order());

    private static string Excerpt(string text, int from) => text.Length - from <= 40 ? text[from..] : text[from..(from + 40)] + "…";
}

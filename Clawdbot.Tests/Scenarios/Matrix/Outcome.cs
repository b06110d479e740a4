using Clawdbot.Testing.Load;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>What a client saw, in the table's words. Whatever begins with <see cref="Defect"/> must never stand there.</summary>
internal static class Outcome
{
    public const string Defect = "DEFECT";
    public const string Same = "same";
    public const string Approximate = "approximate";

    /// <summary>Held against the answer of a fleet that nobody disturbs.</summary>
    public static string Of(ObservedAnswer undisturbed, ObservedAnswer seen)
    {
        if (seen.Break == ObservedAnswer.Silence)
            return $"{Defect}: hangs after '{seen.Text}'";
        if (!undisturbed.Text.StartsWith(seen.Text, StringComparison.Ordinal))
            return $"{Defect}: says '{seen.Text}' instead of '{undisturbed.Text}'";
        if (!seen.Whole)
            return seen.ErrorCode is { } code ? $"error `{code}`" : $"{Defect}: breaks without a word ({seen.Break}) after '{seen.Text}'";
        if (seen.ErrorCode is not null || seen.Content != undisturbed.Content || seen.RoleDeltas != undisturbed.RoleDeltas || seen.Ids != 1)
            return $"{Defect}: looks whole and is not: {seen}";
        return seen.Approximate ? Approximate : Same;
    }

    /// <summary>Several requests' outcomes in one cell of the table.</summary>
    public static string Together(IEnumerable<string> outcomes) => string.Join(" / ", outcomes.Distinct().Order(StringComparer.Ordinal));
}

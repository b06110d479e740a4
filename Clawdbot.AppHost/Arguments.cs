using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Clawdbot.AppHost;

/// <summary>
/// The application's own arguments. All are configuration: <c>--Replicas:Count=3</c>, or <c>Replicas__Count=3</c> in the environment.
/// </summary>
internal static class Arguments
{
    /// <summary>Writes every mistake with what to write instead to standard error, a line each. False when there is none.</summary>
    public static bool HasWrongArguments(this IDistributedApplicationBuilder builder)
    {
        var mistakes = new List<string>();
        var replicas = InferenceReplicaOptions.Read(builder.Configuration, mistakes);
        PortOptionsExtensions.Check(builder, PortOptions.Read(builder.Configuration, mistakes), mistakes);
        PublishTargetExtensions.Check(builder, mistakes);
        FrontExtensions.Check(builder, mistakes);
        ContainerUse.Check(builder, replicas.Engine, mistakes);
        foreach (var mistake in mistakes)
            Console.Error.WriteLine(mistake);
        return mistakes.Count > 0;
    }

    /// <summary>Adds a mistake for each entry of a section that nobody reads: a misspelt one would be the default in silence.</summary>
    public static void CheckNames(this IConfigurationSection section, ICollection<string> mistakes, params string[] names)
    {
        foreach (var unknown in section.GetChildren().Where(child => !names.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
            mistakes.Add($"{unknown.Path} is not known; section {section.Path} has {string.Join(", ", names)}.");
    }

    /// <summary>Reads a whole number; <paramref name="otherwise"/> when there is none, or a wrong one, which is a mistake.</summary>
    public static int ReadNumber(
        this IConfigurationSection section, string name, int otherwise, int least, int most, ICollection<string> mistakes)
    {
        if (section[name] is not { } text)
            return otherwise;
        if (int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        mistakes.Add($"{section.Path}:{name} is '{text}'; use a number from {least} to {most}.");
        return otherwise;
    }
}

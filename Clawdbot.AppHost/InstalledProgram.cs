using Microsoft.Extensions.Logging;

namespace Clawdbot.AppHost;

/// <summary>A program that stands in for a container where no container engine answers.</summary>
/// <param name="Command">Its name on the <c>PATH</c>.</param>
/// <param name="Install">What brings it to this machine, as a sentence without its full stop.</param>
internal sealed record InstalledProgram(string Command, string Install)
{
    private static readonly string[] AlsoIn = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"]; // not on everybody's PATH

    /// <summary>Full path of the program; null when it is not on this machine.</summary>
    public string? Path() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
        .Concat(AlsoIn)
        .Where(folder => folder.Length > 0)
        .Select(folder => System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? $"{Command}.exe" : Command))
        .FirstOrDefault(File.Exists);
}

/// <summary>Stands in the dashboard for a part of the topology that can't run on this machine.</summary>
internal sealed class MissingProgramResource(string name) : Resource(name);

internal static partial class InstalledProgramExtensions
{
    /// <summary>A folder for the program's files; gone when the application stops.</summary>
    public static string CreateProgramFolder(this IDistributedApplicationBuilder builder, string name) =>
        builder.FileSystemService.TempDirectory.CreateTempSubdirectory($"clawdbot-{name}-").Path;

    /// <summary>Shows in the dashboard which program is missing, how to install it, and what does not work without it.</summary>
    public static IResourceBuilder<MissingProgramResource> AddMissingProgram(
        this IDistributedApplicationBuilder builder, string name, InstalledProgram program, string consequence) =>
        builder.AddResource(new MissingProgramResource(name))
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = "Program",
                Properties = [new(CustomResourceKnownProperties.Source, program.Install)],
                State = new ResourceStateSnapshot("Not installed", KnownResourceStateStyles.Info),
            })
            .WithIconName("PlugDisconnected")
            .ExcludeFromManifest()
            .OnInitializeResource((_, start, _) =>
            {
                Missing(start.Logger, program.Command, program.Install, consequence);
                return Task.CompletedTask;
            });

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Program} is not on this machine, and nothing runs in containers here. "
        + "{Install}, or start Docker or Podman; then start the application again. {Consequence}")]
    private static partial void Missing(ILogger logger, string program, string install, string consequence);
}

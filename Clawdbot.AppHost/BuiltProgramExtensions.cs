using System.Runtime.InteropServices;

namespace Clawdbot.AppHost;

internal static class BuiltProgramExtensions
{
    /// <summary>
    /// Starts the program that the build has made, instead of <c>dotnet run</c>, which takes two seconds of a core for each process to
    /// find that program, and stands between it and its signals. Nothing changes where an IDE or <c>dotnet watch</c> starts projects, or
    /// where there is no such file.
    /// </summary>
    public static IResourceBuilder<ProjectResource> StartsBuiltProgram(this IResourceBuilder<ProjectResource> builder)
    {
        var application = builder.ApplicationBuilder;
        if (application.ExecutionContext.IsPublishMode
            || application.Configuration["DEBUG_SESSION_PORT"] is { Length: > 0 }
            || application.Configuration["DOTNET_WATCH"] is { Length: > 0 })
            return builder;
        var project = builder.Resource.GetProjectMetadata().ProjectPath;
        var folder = Path.GetDirectoryName(project)!;
        // Each project is built into bin/<configuration>/<framework> of its own folder, as this one is.
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory).Split(Path.DirectorySeparatorChar);
        var built = string.Join(Path.DirectorySeparatorChar, own[^3..]);
        var program = Path.Combine(folder, built, Path.GetFileNameWithoutExtension(project) + (OperatingSystem.IsWindows() ? ".exe" : ""));
        return File.Exists(program)
            ? builder.WithAnnotation(new ExecutableAnnotation { Command = program, WorkingDirectory = folder })
                .WithEnvironment("DOTNET_ROOT", DotnetRoot())
            : builder;
    }

    /// <summary>Folder of the .NET runtime that runs this program. A program does not find a runtime in a home folder by itself.</summary>
    private static string DotnetRoot() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}

namespace Clawdbot.Testing.Processes;

/// <summary>Paths of the checkout and its built programs.</summary>
internal static class Repository
{
    /// <summary>The folder of Clawdbot.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The built executable of a project, in the configuration that this program was built in.</summary>
    /// <param name="project">Folder from the root, such as <c>bench/Clawdbot.PlainProxy</c>.</param>
    public static string Program(string project)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // .../bin/<configuration>/net10.0
        var path = Path.Combine(Root, project, "bin", output.Parent!.Name, output.Name, Path.GetFileName(project));
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not built; build the solution first.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Clawdbot.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("Tests, drills and benchmarks start programs of the checkout, "
            + "and there is no Clawdbot.sln above " + AppContext.BaseDirectory);
    }
}

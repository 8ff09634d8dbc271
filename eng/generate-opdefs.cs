#!/usr/bin/env dotnet
#:project ../src/SavedModel/ScoringCluster.SavedModel.csproj
#:property RestorePackagesWithLockFile=false

// Writes the table of TensorFlow's operations that the SavedModel reader carries (src/SavedModel/OpDefs/opdefs.pb.br):
// names of inputs and outputs and the defaults of attributes, which exporters leave out. Run it after an update of the
// C library: dotnet run eng/generate-opdefs.cs -- FOLDER_WITH_LIBTENSORFLOW src/SavedModel/OpDefs/opdefs.pb.br
using System.IO.Compression;
using System.Runtime.InteropServices;
using Google.Protobuf;
using ScoringCluster.SavedModel.Proto;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: dotnet run eng/generate-opdefs.cs -- LIBRARY_FOLDER OUTPUT_FILE");
    return 2;
}

NativeLibrary.Load(Path.Combine(args[0], "libtensorflow_framework.so.2"));
var library = NativeLibrary.Load(Path.Combine(args[0], "libtensorflow_cc.so.2"));

OpList all;
unsafe
{
    var getAllOps = (delegate* unmanaged[Cdecl]<TensorFlowBuffer*>)NativeLibrary.GetExport(library, "TF_GetAllOpList");
    var buffer = getAllOps();
    all = OpList.Parser.WithDiscardUnknownFields(true)
        .ParseFrom(new ReadOnlySpan<byte>(buffer->Data, checked((int)buffer->Length)));
}

// Discarding unknown fields has dropped the documentation; the order makes the file reproducible.
var sorted = new OpList();
sorted.Op.AddRange(all.Op.OrderBy(op => op.Name, StringComparer.Ordinal));
using (var file = File.Create(args[1]))
using (var brotli = new BrotliStream(file, CompressionLevel.SmallestSize))
{
    sorted.WriteTo(brotli);
}

Console.WriteLine($"{sorted.Op.Count} operations, {new FileInfo(args[1]).Length} bytes");
return 0;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TensorFlowBuffer
{
    public void* Data;
    public nuint Length;
    public void* Deallocator;
}
